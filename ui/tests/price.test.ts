/** The price before sending, and what is left, as a person at the composer finds them. */
import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { sampleLimits } from "./fixture/estimate";
import { manyModels, sampleRoutes, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, type OpenWindow, openDeskOf, openWindow } from "./window";

const DOLLAR = 1_000_000_000;
const QUESTION = "Compare it with station 5.";

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

const chip = (words: string | RegExp) => screen.findByRole("button", { name: words });
const asked = ({ backend }: OpenWindow) =>
  backend.sent.filter(({ name }) => name === "estimate").map(({ request }) => request);
const named = (name: string) => {
  const provider = world.providers.find((one) => one.models.includes(name));
  if (!provider) throw new Error(`no provider has ${name}`);
  return { kind: "model", model: { provider: provider.id, model: name } } as const;
};

/** Without layout what opens counts as scrolled away, which hides it. */
const account = async () => within(await screen.findByLabelText("Price and limits"));

async function choose({ user }: OpenWindow, model: string): Promise<void> {
  await user.keyboard("{Control>}{Shift>}m{/Shift}{/Control}");
  const options = await screen.findAllByRole("option", { hidden: true });
  const option = options.find((one) => one.textContent.includes(model));
  expect(option, `the list has ${model}`).toBeDefined();
  await user.click(option ?? document.body);
}

describe("the price of a message", () => {
  test("stands in the composer once something is written, without a limit as well", async () => {
    const { user } = await openDeskOf(world, "Mira");
    expect(screen.queryByRole("button", { name: /^Price/ }), "nothing to say yet").toBeNull();
    await user.keyboard(QUESTION);
    await chip("Price and limits: up to $0.013");
    await user.clear(screen.getByLabelText("Message"));
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Price/ })).toBeNull());
  });

  test("is free of a model that costs nothing", async () => {
    world.usual = named("smollm2-135m-instruct");
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard(QUESTION);
    await chip("Price and limits: free");
  });

  test("is not known of a model in no price list", async () => {
    manyModels(world);
    world.usual = named("gpt-99");
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard(QUESTION);
    await chip("Price and limits: price not known");
  });

  test("is asked for whom it goes to and where, as soon as that changes", async () => {
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await user.keyboard(QUESTION);
    await chip(/^Price.*up to/);
    await choose(opened, "SmolLM2");
    await chip(/^Price.*free$/);
    expect(asked(opened).at(-1), "the chosen one").toEqual({
      target: named("smollm2-135m-instruct"),
      chat: null,
      text: QUESTION,
      class: null,
    });
    await user.click(screen.getByRole("button", { name: /^Vessel hire/ }));
    await user.type(screen.getByLabelText("Message"), "Why?");
    const chat = world.open?.chats.find(({ summary }) => summary.title.startsWith("Vessel"));
    await waitFor(() =>
      expect(asked(opened).at(-1), "in the other chat").toEqual({
        target: null,
        chat: chat?.summary.id,
        text: "Why?",
        class: null,
      }),
    );
  });

  test("is not asked with every key", async () => {
    const opened = await openDeskOf(world, "Mira");
    await opened.user.keyboard(QUESTION);
    await chip(/^Price.*up to/);
    const texts = asked(opened).map((one) => (one as { text: string }).text);
    expect(new Set(texts).size, "far fewer than letters").toBeLessThan(QUESTION.length / 2);
    expect(texts.at(-1), "the last one counts").toBe(QUESTION);
  });
});

describe("what is left", () => {
  test("stands there before anything is written, and beside the price", async () => {
    sampleLimits(world, 2.79);
    const { user } = await openDeskOf(world, "Mira");
    await chip("Price and limits: $1.21 left today");
    await user.keyboard(QUESTION);
    await chip("Price and limits: $1.21 left today up to $0.013");
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("is asked again when an answer ended", async () => {
    sampleLimits(world, 2.79);
    const { user, backend } = await openDeskOf(world, "Mira");
    await chip(/\$1\.21 left today/);
    const passOn = backend.stream.bind(backend);
    backend.stream = (name, request, onBatch) => {
      sampleLimits(world, 2.89);
      return passOn(name, request, onBatch);
    };
    await user.keyboard(`${QUESTION}{Enter}`);
    await chip("Price and limits: $1.11 left today");
  });

  test("is asked again when one ended in a chat that is not shown", async () => {
    sampleLimits(world, 2.79);
    const { user, backend } = await openDeskOf(world, "Mira");
    const held: (() => void)[] = [];
    const passOn = backend.stream.bind(backend);
    backend.stream = (name, request, onBatch) =>
      passOn(name, request, (batch) => {
        if (batch.events.some(({ kind }) => kind === "settled")) held.push(() => onBatch(batch));
        else onBatch(batch);
      });
    await user.keyboard(`${QUESTION}{Enter}`);
    await waitFor(() => expect(held.length, "all of it is written").toBe(1));
    sampleLimits(world, 2.8);
    await user.click(screen.getByRole("button", { name: /^Vessel hire/ }));
    await chip(/\$1\.20 left today/);
    sampleLimits(world, 2.89);
    for (const end of held) end();
    await chip(/\$1\.11 left today/);
  });

  test("is asked again by a window that one comes back to", async () => {
    sampleLimits(world, 2.79);
    await openDeskOf(world, "Mira");
    await chip(/\$1\.21 left today/);
    sampleLimits(world, 3.79);
    window.dispatchEvent(new Event("focus"));
    await chip(/\$0\.21 left today/);
  });

  test("less than the price is said, and sending stays possible", async () => {
    sampleLimits(world, 3.99);
    const { user, backend } = await openDeskOf(world, "Mira");
    await chip(/\$0\.01 left today/);
    await user.keyboard(QUESTION);
    const warned = await chip(/up to \$0\.013, more than is left$/);
    expect(warned, "by colour, too").toHaveClass("warn");
    await user.click(warned);
    expect(
      (await account()).getByText(/The answer gets shorter/),
      "what happens then",
    ).toBeInTheDocument();
    await user.keyboard("{Escape}");
    await user.click(screen.getByRole("button", { name: "Send" }));
    expect(
      backend.sent.some(({ name }) => name === "ask"),
      "it went",
    ).toBe(true);
  });

  test("nearly used up turns the button amber and says so, and nothing opens by itself", async () => {
    world.limits.warn_at = [70];
    sampleLimits(world, 2);
    const { user } = await openDeskOf(world, "Mira");
    expect(await chip(/\$2\.00 left today$/), "not yet").not.toHaveClass("warn");
    sampleLimits(world, 3);
    window.dispatchEvent(new Event("focus"));
    const warned = await chip("Price and limits: $1.00 left today (70 % used)");
    expect(warned, "by colour, too").toHaveClass("warn");
    expect(screen.queryByRole("alert"), "no banner").toBeNull();
    expect(screen.queryByRole("dialog", { hidden: true }), "no window").toBeNull();
    await user.click(warned);
    const today = (await (await account()).findByText("Today")).closest("li");
    expect(today?.textContent, "in words").toMatch(/70 % used\s+Runs out first\./);
    const [meter, other] = document.querySelectorAll("li .meter");
    expect(meter, "the one that is nearly used").toHaveClass("low");
    expect(other).not.toHaveClass("low");
  });

  test("is one's own first, then the pool that all share", async () => {
    sampleLimits(world, 2.79);
    const share = (spent: number, used: number) => {
      sampleLimits(world, spent);
      const day = world.limits.limits[1];
      if (!day) throw new Error("the sample has a limit of a day");
      day.limit = { ...day.limit, pool: 20 * DOLLAR };
      day.pool = { used: used * DOLLAR, warned: null };
      world.limits = { ...world.limits, limits: [day] };
    };
    share(2.79, 5);
    const { user } = await openDeskOf(world, "Mira");
    expect(await chip("Price and limits: $1.21 left today + $15.00 pool")).not.toHaveClass("warn");
    share(4.5, 6);
    window.dispatchEvent(new Event("focus"));
    const pool = await chip("Price and limits: $14.00 left in the pool (Your own is used up)");
    expect(pool, "by colour, too").toHaveClass("warn");
    await user.click(pool);
    const row = (await (await account()).findByText("Today")).closest("li");
    expect(row?.textContent.replaceAll(/\s+/g, " ").trim(), "how much of each is left").toMatch(
      /^Today \$0\.00 of \$4\.00 left Your own is used up .*Pool that all share \$14\.00 of \$20\.00 left$/,
    );
    const bars = document.querySelectorAll(".meter .meter, li > .meter");
    expect(bars.length, "the chip’s, one’s own and the pool’s").toBeGreaterThan(2);
    for (const bar of bars) expect(bar, "no end while the pool lasts").not.toHaveClass("over");
    await user.keyboard("{Escape}");
    share(5, 20);
    window.dispatchEvent(new Event("focus"));
    expect(await chip(/\$0\.00 left today/), "nothing is left").toHaveClass("danger");
    expect(screen.getByText("Today’s $4.00 is spent, and so is the pool")).toBeVisible();
  });

  test("of nothing says until when and what still answers, with the way to more", async () => {
    sampleLimits(world, 4);
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    expect(await chip(/\$0\.00 left today/), "by colour, too").toHaveClass("danger");
    expect(screen.getByText("Today’s $4.00 is spent"), "how much it was").toBeVisible();
    expect(screen.getByText(/Starts again at midnight\. Free models/), "what now").toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Ask for more" }));
    await screen.findByRole("dialog", { name: /more/ });
    await user.keyboard("{Escape}");
    await choose(opened, "SmolLM2");
    await waitFor(() =>
      expect(screen.queryByText("Today’s $4.00 is spent"), "it does answer").toBeNull(),
    );
  });
});

test("whoever may change limits is led there instead of asking", async () => {
  sampleLimits(world, 4);
  const { user } = await openDeskOf(world, "Elena");
  expect(await screen.findByText("Today’s $4.00 is spent")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Ask for more" }), "of nobody else").toBeNull();
  await user.click(screen.getByRole("button", { name: "Change limits" }));
  await screen.findByRole("heading", { level: 1, name: "Models and providers" });
});

describe("the account behind it", () => {
  async function opened(): Promise<OpenWindow> {
    const found = await openDeskOf(world, "Mira");
    await found.user.keyboard(QUESTION);
    (await chip(/^Price.*up to/)).focus();
    await found.user.keyboard("{Enter}");
    return found;
  }
  const rows = (list: HTMLElement) =>
    within(list)
      .getAllByRole("listitem", { hidden: true })
      .map((row) => row.textContent.replaceAll(/\s+/g, " ").trim());

  test("names who may answer and for how much, then each limit", async () => {
    world.routes = sampleRoutes(world);
    const [everyday] = world.routes;
    if (!everyday) throw new Error("the sample has routes");
    world.usual = { kind: "route", route: everyday.id };
    sampleLimits(world, 2.79);
    const before = world.limits.limits;
    const requests = { kind: "requests", span: "hour" } as const;
    world.limits.limits = [
      {
        limit: { scope: { kind: "each_profile" }, measure: requests, most: 20 },
        held: 0,
        spent: 3,
        ends: world.now() + 60_000,
        warned: null,
        pool: null,
      },
      ...before,
    ];
    await opened();
    const dialog = await account();
    expect(dialog.getByText("This message"), "what").toBeInTheDocument();
    expect(dialog.getByText("up to $0.013"), "how much").toBeInTheDocument();
    const tokens = await dialog.findByText(/^26 tokens in, 2,000 out at most\. Held when you send/);
    expect(tokens, "for what").toBeInTheDocument();
    expect(rows(dialog.getByLabelText("Models that may answer")), "the first one first").toEqual([
      "mistral-large-latest asked first $0.013",
      "mistral-small-latest $0.013",
      "SmolLM2 135M Instruct free",
    ]);
    await dialog.findByText("This hour");
    expect(rows(dialog.getByLabelText("Your limits")), "what runs out first, then money").toEqual([
      "Today $1.21 of $4.00 left Runs out first. Starts again at midnight.",
      expect.stringMatching(/^\S+ \$21\.40 of \$60\.00 left$/),
      expect.stringMatching(/^\S+ \$188\.00 of \$400\.00 left For everybody together\.$/),
      "This hour 17 of 20 requests left",
    ]);
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("opens and closes by keyboard, and the focus comes back", async () => {
    sampleLimits(world, 2.79);
    const { user } = await opened();
    await account();
    const button = screen.getByRole("button", { name: /^Price/, hidden: true });
    expect(button, "it says so").toHaveAttribute("aria-expanded", "true");
    await user.keyboard("{Escape}");
    await waitFor(() =>
      expect(screen.queryByRole("dialog", { hidden: true }), "closed").toBeNull(),
    );
    expect(button, "where it was").toHaveFocus();
    expect(screen.getByLabelText("Message"), "what is written stays").toHaveValue(QUESTION);
  });

  test("leads to asking for more, and to one's access", async () => {
    sampleLimits(world, 2.79);
    const { user } = await opened();
    await user.click(await (await account()).findByText("Ask for more"));
    const ask = await screen.findByRole("dialog", { name: /more/ });
    expect(within(ask).getAllByText("Money a day").length, "of the limits there").toBeGreaterThan(
      0,
    );
    await user.keyboard("{Escape}");
    const button = await chip(/^Price.*left today/);
    await waitFor(() => expect(button, "the focus comes back").toHaveFocus());
    await user.click(button);
    await user.click((await account()).getByText("See your access"));
    await screen.findByRole("heading", { level: 1, name: "Your access" });
    expect(screen.queryByRole("dialog", { hidden: true }), "nothing lies over it").toBeNull();
  });

  test("offers no more where nothing can be asked for", async () => {
    sampleLimits(world, 2.79);
    world.limits.limits = world.limits.limits.map((one) => ({
      ...one,
      limit: { ...one.limit, scope: { kind: "workspace" } },
    }));
    await opened();
    const dialog = await account();
    await waitFor(() =>
      expect(rows(dialog.getByLabelText("Your limits")).length, "they are read").toBe(3),
    );
    expect(dialog.queryByText("Ask for more"), "it is not theirs").toBeNull();
  });
});

describe("a guest", () => {
  async function guest(): Promise<OpenWindow> {
    const found = await openWindow(world);
    await found.user.click(screen.getByRole("button", { name: /Guest desk/ }));
    await found.user.click(await screen.findByRole("button", { name: "Open guest desk" }));
    await waitFor(async () => expect(await screen.findByLabelText("Message")).toHaveFocus());
    return found;
  }

  test("sees a price and no limit", async () => {
    sampleLimits(world, 4 - 1 / DOLLAR);
    const found = await guest();
    await found.user.keyboard(QUESTION);
    await found.user.click(await chip("Price and limits: up to $0.013"));
    const dialog = await account();
    expect(dialog.getByText(/2,000 out at most\.$/), "nothing is held").toBeInTheDocument();
    expect(dialog.queryByText("See your access"), "no such place").toBeNull();
    const names = found.backend.sent.map(({ name }) => name);
    expect(names, "nor asked for").not.toContain("own_limits");
    expect(
      asked(found).map((one) => (one as { text: string }).text),
      "nothing for an empty field",
    ).not.toContain("");
  });

  test("sees no price that nobody knows", async () => {
    manyModels(world);
    world.usual = named("gpt-99");
    const found = await guest();
    await found.user.keyboard(QUESTION);
    await waitFor(() => expect(asked(found).length, "it was asked").toBeGreaterThan(0));
    await new Promise((done) => setTimeout(done, 50));
    expect(screen.queryByRole("button", { name: /^Price/ }), "and not shown").toBeNull();
  });
});
