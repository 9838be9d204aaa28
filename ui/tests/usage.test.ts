import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { CommandFailed, type ReadUsage, type UsageView } from "../src/ipc";
import { sampleLimits } from "./fixture/estimate";
import { sampleWorld } from "./fixture/sample";
import { usageOf } from "./fixture/usage";
import { emptyWorld, type World } from "./fixture/world";
import {
  axeFindings,
  choose,
  inTheMorning,
  openDeskOf,
  openWindow,
  type OpenWindow,
} from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const noButton = (name: string | RegExp) => screen.queryByRole("button", { name });
const title = (name: string) => screen.findByRole("heading", { level: 1, name });
const page = () => within(screen.getByRole("region", { name: "Usage" }));
const table = (name: string) => page().findByRole("table", { name });
const rowsOf = (found: HTMLElement) =>
  within(found)
    .getAllByRole("row")
    .map((row) => [...row.children].map((cell) => cell.textContent.trim().replaceAll(/\s+/g, " ")));
const sentAs = ({ backend }: OpenWindow, name: string) =>
  backend.sent.filter((one) => one.name === name).map((one) => one.request);

let world: World;
beforeEach(() => {
  inTheMorning();
  world = sampleWorld();
  sampleLimits(world, 2.79);
});

async function usageOfDesk(name: string): Promise<OpenWindow> {
  const opened = await openDeskOf(world, name);
  await opened.user.click(button("Usage"));
  await table("By model");
  return opened;
}

/** Has the core answer something else than the fixture would. */
function answering({ backend }: OpenWindow, answer: (request: ReadUsage) => UsageView): void {
  const usual = backend.call.bind(backend);
  backend.call = (name, request) =>
    name === "read_usage"
      ? new Promise((resolve) => resolve(answer(request as ReadUsage)))
      : usual(name, request);
}

describe("one's own usage", () => {
  test("opens from the sidebar, and says what was used, by what and in which chat", async () => {
    await usageOfDesk("Mira");
    expect(await title("Your usage"), "reading begins here").toHaveFocus();
    expect(button("Usage")).toHaveAttribute("aria-current", "page");
    expect(button(/^New chat/), "one place at a time").not.toHaveAttribute("aria-current");
    expect(page().getByText("spent of $60.00")).toBeVisible();
    expect(page().getByText(/^answered by fallback/)).toHaveTextContent(
      "Answers by another model than the one that was asked first",
    );
    expect(page().getByText(/at this pace$/)).toHaveTextContent(/30/);
    const models = rowsOf(await table("By model"));
    expect(models.map((row) => row[0])).toEqual([
      "Model",
      "Mistral Large Mistral",
      "Claude Sonnet Anthropic",
      "Mistral Small Mistral",
      "SmolLM2 this machine",
    ]);
    expect(models.at(-1)?.at(-1)).toBe("free");
    const chats = rowsOf(await table("Costliest chats"));
    expect(chats[1]).toEqual([
      "Station 4 drift after March",
      expect.stringMatching(/^\d+ answers$/),
      expect.stringMatching(/^\$\d/),
    ]);
    expect(chats.at(-1)?.[0]).toBe("Programs, deleted chats and tests");
    expect(screen.queryByRole("table", { name: "By person" }), "nobody else's").toBeNull();
    expect(page().queryByLabelText(/^Whose usage/), "there is no choice").toBeNull();
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("has a chart with a name, and the same numbers as a table by keyboard", async () => {
    const { user, backend } = await usageOfDesk("Mira");
    const view = usageOf(backend.world, { of: { kind: "me" }, period: "month", back: 0 });
    const chart = page().getByRole("img");
    expect(chart).toHaveAccessibleName(
      `Cost by day, November: $${(view.total.cost / 1e9).toFixed(2)}. The table below carries the same numbers.`,
    );
    const words = [...chart.querySelectorAll("text")].map((one) => one.textContent);
    expect(words, "ticks, days and the limit").toEqual(
      expect.arrayContaining(["$0", "$4", "1", "15", "30", "Today", "daily limit"]),
    );
    const show = button("Show as table");
    expect(show).toHaveAttribute("aria-expanded", "false");
    show.focus();
    await user.keyboard("{Enter}");
    const rows = rowsOf(await table("Cost by day"));
    expect(rows[0]).toEqual([
      "Day",
      "Mistral Large",
      "Claude Sonnet",
      "Others",
      "Total",
      "Answers",
    ]);
    expect(rows, "each day up to this one, none to come").toHaveLength(24);
    const today = rows.at(-1) ?? [];
    expect(today[0]).toMatch(/23/);
    expect(words, "today's sum stands above its bar too").toContain(today[4]);
    expect(await axeFindings(), "for everyone").toEqual([]);
    await user.keyboard("{Enter}");
    expect(screen.queryByRole("table", { name: "Cost by day" })).toBeNull();
  });

  test("changes its length of time and goes back and forth in it", async () => {
    const opened = await usageOfDesk("Mira");
    const { user } = opened;
    const later = button("Later");
    expect(later).toHaveAttribute("aria-disabled", "true");
    await user.click(later);
    await user.click(button("Earlier"));
    expect(await page().findByText("October")).toBeVisible();
    expect(later).toHaveAttribute("aria-disabled", "false");
    expect(page().getByText("spent"), "this month's limit is not that one's").toBeVisible();
    expect(page().getByText(/^failed calls, \d%/), "nothing is foreseen of the past").toBeVisible();
    await user.click(page().getByRole("radio", { name: "Year" }));
    expect(await page().findByRole("heading", { name: "Cost by month" })).toBeVisible();
    expect(page().getByText("2026")).toBeVisible();
    await user.click(page().getByRole("radio", { name: "7 days" }));
    expect(await page().findByRole("heading", { name: "Cost by day" })).toBeVisible();
    expect(sentAs(opened, "read_usage"), "later than now was not asked for").toEqual(
      [
        { period: "month", back: 0 },
        { period: "month", back: 1 },
        { period: "year", back: 0 },
        { period: "week", back: 0 },
      ].map((one) => ({ of: { kind: "me" }, ...one })),
    );
  });

  test("is saved as a file of what is shown, and says where", async () => {
    const opened = await usageOfDesk("Mira");
    await opened.user.click(page().getByRole("radio", { name: "Year" }));
    await page().findByRole("heading", { name: "Cost by month" });
    await opened.user.click(button("Export CSV"));
    const notices = within(screen.getByRole("region", { name: "Notices" }));
    expect(await notices.findByText("Usage saved")).toBeVisible();
    expect(notices.getByText("~/Downloads/Carrel usage.csv")).toBeVisible();
    expect(sentAs(opened, "export_usage")).toEqual([
      { of: { kind: "me" }, period: "year", back: 0 },
    ]);
  });

  test("says why no file was written, until it is tried again", async () => {
    const opened = await usageOfDesk("Mira");
    const usual = opened.backend.call.bind(opened.backend);
    let full = true;
    const failure = { code: "disk_full", message: "", retry_at: null, rule_ids: [], denied: null };
    opened.backend.call = (name, request) =>
      name === "export_usage" && full
        ? Promise.reject(new CommandFailed({ ...failure, code: "disk_full" }))
        : usual(name, request);
    await opened.user.click(button("Export CSV"));
    expect(await page().findByRole("alert")).toHaveTextContent(/full/i);
    full = false;
    await opened.user.click(button("Export CSV"));
    await screen.findByText("Usage saved");
    expect(page().queryByRole("alert")).toBeNull();
  });

  test("leads to a chat, and Escape and its button lead back to the one before", async () => {
    const { user } = await usageOfDesk("Mira");
    await user.click(page().getByRole("button", { name: "Station 4 drift after March" }));
    const chat = await screen.findByRole("heading", { name: "Station 4 drift after March" });
    expect(screen.queryByRole("region", { name: "Usage" })).toBeNull();
    const row = () =>
      document.querySelector(".side [data-chat][aria-current=page]")?.textContent.trim();
    expect(row()).toBe("Station 4 drift after March");
    await user.click(button("Usage"));
    await table("By model");
    expect(row(), "the page is where one is now").toBeUndefined();
    expect(chat, "it waits below").not.toBeVisible();
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("region", { name: "Usage" })).toBeNull();
    expect(chat).toBeVisible();
    await waitFor(() => expect(screen.getByLabelText("Message")).toHaveFocus());
    await user.click(button("Usage"));
    await user.click(button("Back to the chat"));
    expect(screen.queryByRole("region", { name: "Usage" })).toBeNull();
  });

  test("stays below the settings, and a new chat closes both", async () => {
    const { user } = await usageOfDesk("Mira");
    await user.keyboard("{Control>},{/Control}");
    await title("Appearance");
    expect(screen.queryByRole("heading", { name: "Your usage" })).toBeNull();
    await user.keyboard("{Escape}");
    await title("Your usage");
    await user.keyboard("{Control>},{/Control}");
    await title("Appearance");
    await user.keyboard("{Control>}{Shift>}o{/Shift}{/Control}");
    await waitFor(() => expect(screen.getByLabelText("Message")).toHaveFocus());
    expect(screen.queryByRole("heading", { name: /^Your usage|^Appearance/ })).toBeNull();
  });

  test("shows what is left of each limit, and asks for more", async () => {
    const { user } = await usageOfDesk("Mira");
    const limits = within(await page().findByRole("list", { name: "Your limits" }));
    const lines = limits.getAllByRole("listitem").map((one) => one.textContent);
    expect(lines[0], "what runs out first").toMatch(/Today.*\$1\.21 of \$4\.00 left/);
    expect(lines[1]).toMatch(/November.*\$21\.40 of \$60\.00 left/);
    expect(lines[2]).toMatch(/For everybody together/);
    await user.click(page().getByRole("button", { name: "Ask for more" }));
    await screen.findByRole("dialog", { name: "Ask for more?" });
  });

  test("is found in the palette", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}k{/Control}");
    await user.click(await screen.findByRole("option", { name: /Open usage/ }));
    await title("Your usage");
  });
});

test("a guest has no such page", async () => {
  const guests = emptyWorld();
  Object.assign(guests, { workspaceName: "T", guestAllowed: true, providers: world.providers });
  const { user } = await openWindow(guests);
  await user.click(await screen.findByRole("button", { name: /Guest desk/ }));
  await user.click(await screen.findByRole("button", { name: /guest/i }));
  await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
  expect(noButton("Usage")).toBeNull();
});

describe("what others used", () => {
  test("is amounts by person for everyone and for a group, and no chat", async () => {
    const opened = await usageOfDesk("Elena");
    const { user } = opened;
    await choose(user, page().getByLabelText(/^Whose usage/), "Everyone", "option");
    await title("Everyone’s usage");
    expect(page().getByText("Amounts only, no messages.")).toBeVisible();
    const people = rowsOf(await table("By person"));
    expect(people[0]).toEqual(["Person", "Answers", "Failed", "Tokens", "Share", "Cost"]);
    expect(
      people.map((row) => `${row[0]} ${row[4]}`),
      "who used how much of it",
    ).toEqual(["Person Share", "E Elena 45%", "J Jonas 30%", "M Mira 20%", "Erased member 5%"]);
    expect(screen.queryByRole("table", { name: "Costliest chats" })).toBeNull();
    expect(screen.queryByText("What you can still spend"), "that is one's own").toBeNull();
    expect(page().getByText("spent"), "of no limit of one's own").toBeVisible();
    expect(await axeFindings(), "for everyone").toEqual([]);
    await choose(user, page().getByLabelText(/^Whose usage/), "Field crew", "option");
    await title("Usage of Field crew");
    const [, , group] = sentAs(opened, "read_usage");
    expect(group).toMatchObject({ of: { kind: "group" }, period: "month", back: 0 });
  });
});

describe("the page", () => {
  test("says what failed, and reads again when it is asked to", async () => {
    const opened = await openDeskOf(world, "Mira");
    const usual = opened.backend.call.bind(opened.backend);
    let broken = true;
    opened.backend.call = (name, request) =>
      name === "read_usage" && broken
        ? Promise.reject(new Error("no answer"))
        : usual(name, request);
    await opened.user.click(button("Usage"));
    const alert = await page().findByRole("alert");
    expect(screen.queryByRole("table"), "nothing old and nothing half").toBeNull();
    broken = false;
    await opened.user.click(within(alert).getByRole("button", { name: "Try again" }));
    await table("By model");
    expect(page().queryByRole("alert")).toBeNull();
  });

  test("says that it reads, until something has come", async () => {
    const opened = await openDeskOf(world, "Mira");
    const usual = opened.backend.call.bind(opened.backend);
    let go = () => {};
    const waits = new Promise<void>((resolve) => (go = resolve));
    opened.backend.call = async (name, request) => {
      if (name === "read_usage") await waits;
      return usual(name, request);
    };
    await opened.user.click(button("Usage"));
    expect(await page().findByText("Adding up what was used")).toBeVisible();
    go();
    await table("By model");
    expect(page().queryByText("Adding up what was used")).toBeNull();
  });

  test("says where nothing was used, and leads back to the present", async () => {
    const { user } = await usageOfDesk("Mira");
    for (const month of ["October", "September"]) {
      await user.click(button("Earlier"));
      await page().findByText(month);
    }
    await user.click(button("Earlier"));
    expect(await page().findByText("Nothing was used in August")).toBeVisible();
    expect(page().queryByRole("img"), "no empty chart").toBeNull();
    expect(await axeFindings(), "for everyone").toEqual([]);
    await user.click(button("Go to the present"));
    expect(await page().findByText("November", { selector: "[aria-live]" })).toBeVisible();
  });

  test("counts answers where everything was free", async () => {
    const opened = await openDeskOf(world, "Mira");
    answering(opened, (request) => {
      const view = usageOf(world, request);
      const models = view.models
        .filter((one) => one.local)
        .map((one) => ({ ...one, sums: { ...one.sums, usual_wait_ms: null } }));
      const bars = view.bars.map((one) => ({ ...one, costs: [0] }));
      const sums = { ...view.total, cost: 0 };
      return { ...view, models, bars, total: sums, at_this_pace: 0 };
    });
    await opened.user.click(button("Usage"));
    await page().findByRole("heading", { name: "Answers by day" });
    expect(page().getByText(/^Everything was free/)).toBeVisible();
    expect(page().getByRole("img")).toHaveAccessibleName(/^Answers by day, November: \d+ answers/);
    const words = [...page().getByRole("img").querySelectorAll("text")].map(
      (one) => one.textContent,
    );
    expect(words.join(" "), "an axis of answers").not.toContain("$");
  });

  test("never says that an unknown price is nothing", async () => {
    const opened = await openDeskOf(world, "Mira");
    answering(opened, (request) => {
      const view = usageOf(world, request);
      const [first, ...rest] = view.models;
      if (!first) throw new Error("the fixture has models");
      const sums = { ...first.sums, cost: 0, unpriced: first.sums.answers };
      return { ...view, models: [{ ...first, provider: null, sums }, ...rest] };
    });
    await opened.user.click(button("Usage"));
    const [, row] = rowsOf(await table("By model"));
    expect(row?.[0], "it is not there any more").toBe("Mistral Large provider removed");
    expect(row?.at(-1)).toMatch(/^price of \d+ calls not known$/);
  });

  test("says in which zone days begin where that is another than here", async () => {
    const opened = await openDeskOf(world, "Mira");
    const zone =
      new Intl.DateTimeFormat().resolvedOptions().timeZone === "Asia/Tokyo"
        ? "Pacific/Auckland"
        : "Asia/Tokyo";
    answering(opened, (request) => ({ ...usageOf(world, request), time_zone: zone }));
    await opened.user.click(button("Usage"));
    expect(await page().findByText(`Days and months begin at midnight in ${zone}.`)).toBeVisible();
  });

  test("shows what failed where nothing was answered", async () => {
    const opened = await openDeskOf(world, "Mira");
    answering(opened, (request) => {
      const view = usageOf(world, request);
      const none = { ...view.total, cost: 0, answers: 0, failed: 3, usual_wait_ms: null };
      const bars = view.bars.map((one) => ({ ...one, answers: 0, costs: [0] }));
      const models = view.models.slice(0, 1).map((one) => ({ ...one, sums: none }));
      return { ...view, total: none, bars, models, chats: [], at_this_pace: null };
    });
    await opened.user.click(button("Usage"));
    expect(await page().findByText("Nothing was answered")).toBeVisible();
    expect(page().getByText("failed calls, 100%")).toBeVisible();
    const [, row] = rowsOf(await table("By model"));
    expect([row?.[1], row?.[2], row?.[5], row?.[6]], "no wait and no cost").toEqual([
      "0",
      "3",
      "none",
      "$0.00",
    ]);
  });

  test("speaks German", async () => {
    for (const desk of world.desks) desk.settings.language = "de";
    world.open = world.desks.find((desk) => desk.card.name === "Mira") ?? null;
    const { user } = await openWindow(world);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await user.click(button("Verbrauch"));
    await title("Dein Verbrauch");
    expect(await screen.findByRole("table", { name: "Nach Modellen" })).toBeVisible();
    expect(screen.getByText("ausgegeben von 60,00 $")).toBeVisible();
  });
});
