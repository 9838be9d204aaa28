import { render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import type { Failure, LimitMeasure, RequestState, Subject } from "../src/ipc";
import { CommandFailed } from "../src/ipc";
import { FailureBanner } from "../src/kit";
import { FixtureBackend } from "./fixture/backend";
import { sampleGroups } from "./fixture/groups";
import { sampleRoles, sampleWorld } from "./fixture/sample";
import { newId, type World } from "./fixture/world";
import { axeFindings, openDeskOf, type OpenWindow, openWindowOf } from "./window";

const DOLLAR = 1_000_000_000;
const DAY: LimitMeasure = { kind: "money", span: "day" };
const HOUR = 3_600_000;
const LARGE = "mistral-large-latest";

const access = (kind: "programs" | "see_members"): Subject => ({ kind: "access", row: { kind } });
const button = (name: string | RegExp) => screen.findByRole("button", { name });
const noButton = (name: string | RegExp) => screen.queryByRole("button", { name });
const dialog = (name: string | RegExp) => screen.findByRole("dialog", { name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
  sampleRoles(world);
});

async function ask({ user }: OpenWindow, text: string): Promise<void> {
  await user.keyboard(`${text}{Enter}`);
  await screen.findByRole("alert");
}
const sentAs = ({ backend }: OpenWindow, name: string) =>
  backend.sent.filter((one) => one.name === name).map((one) => one.request);
async function section({ user }: OpenWindow): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  const nav = within(await screen.findByRole("navigation", { name: "Settings" }));
  await user.click(nav.getByRole("button", { name: "Your access" }));
  await screen.findByRole("heading", { level: 1, name: "Your access" });
}
const profileOf = (name: string) =>
  world.desks.find((one) => one.card.name === name)?.card.profile ?? "";

/** Each person's limit, used up; Mira has waited, has and had something; Jonas waits. */
function withRequests(): void {
  const at = world.now();
  const ends = new Date(at).setHours(24, 0, 0, 0);
  const limit = { scope: { kind: "each_profile" as const }, measure: DAY, most: 4 * DOLLAR };
  world.limits.limits = [{ limit, held: 0, spent: 4 * DOLLAR, ends, warned: null, pool: null }];
  const asked = (
    name: string,
    subject: Subject,
    state: RequestState = { kind: "open" },
    amount: number | null = null,
  ) => ({
    id: newId(),
    profile: profileOf(name),
    subject,
    amount,
    reason: "",
    made_at: at - 5 * HOUR,
    state,
  });
  const granted = { kind: "granted", by: "Elena", amount: null, at: at - 2 * HOUR } as const;
  const more: Subject = { kind: "more", measure: DAY };
  const until = at + 6 * 24 * HOUR;
  world.requests = [
    asked("Mira", more, { ...granted, until: at - HOUR, amount: DOLLAR, seen: true }, 5 * DOLLAR),
    asked("Mira", access("programs"), { ...granted, until, seen: false }),
    asked("Mira", access("see_members")),
    asked("Jonas", more, { kind: "open" }, DOLLAR),
  ];
}

describe("why something is refused", () => {
  test("is said by each layer, with who can change it", async () => {
    const opened = await openDeskOf(world, "Priya");
    await ask(opened, "Hello");
    const alert = screen.getByRole("alert");
    expect(alert.textContent, "no rule by its id").not.toContain("matrix/");
    await opened.user.click(await button("Why?"));
    const why = within(await dialog(`You may not use ${LARGE}`));
    const steps = why.getAllByRole("listitem").map((one) => one.querySelector("p")?.textContent);
    expect(steps, "from everyone to this person").toEqual([
      "The workspace says nothing",
      "Role Member allows it",
      "Role Field crew denies it",
      "No exception for you",
    ]);
    expect(why.getByText(/A deny always wins, so this decided\./)).toBeVisible();
    expect(why.getByText(/^Rule matrix\/.*\/cloud-models$/), "the evidence").toBeVisible();
    expect(why.queryByText(/builtin\./), "not of what did not decide").toBeNull();
    expect(why.getByText("Elena"), "who can change it").toBeVisible();
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("has a rung for each group that one is in", async () => {
    sampleGroups(world);
    const opened = await openDeskOf(world, "Priya");
    await ask(opened, "Hello");
    await opened.user.click(await button("Why?"));
    const why = within(await dialog(`You may not use ${LARGE}`));
    const steps = why.getAllByRole("listitem").map((one) => one.querySelector("p")?.textContent);
    expect(steps.slice(-2), "between the role and the person").toEqual([
      "Group Fieldwork says nothing",
      "No exception for you",
    ]);
  });

  test("leads to asking, and says afterwards that it was asked", async () => {
    const opened = await openDeskOf(world, "Priya");
    const { user } = opened;
    await ask(opened, "Hello");
    await user.click(await button("Why?"));
    await user.click(await button("Ask for access"));
    await dialog(`Ask for access to ${LARGE}?`);
    await user.type(screen.getByLabelText("What for (optional)"), " The harbour report ");
    await user.click(await button("Ask"));
    expect(await screen.findByText("Admins see your request")).toBeVisible();
    const [model] = world.providers[0]?.models ?? [];
    expect(sentAs(opened, "ask_for"), "what was typed").toEqual([
      {
        subject: {
          kind: "access",
          row: { kind: "model", model: { provider: world.providers[0]?.id, model } },
        },
        amount: null,
        reason: "The harbour report",
      },
    ]);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(await button("Why?"));
    const why = within(await dialog(/may not use/));
    expect(await why.findByText("You asked for this")).toBeVisible();
    expect(noButton("Ask for access"), "not twice").toBeNull();
  });

  test("is offered where policy refused, and nowhere else", async () => {
    const opened = await openDeskOf(world, "Mira");
    await ask(opened, "All is spent");
    expect(screen.getByRole("alert")).toHaveTextContent("The limit of $4.00 a day is used up");
    expect(noButton("Why?"), "a limit is no rule").toBeNull();
  });

  test("is offered in the list of models, where one may not be chosen", async () => {
    const { user } = await openDeskOf(world, "Priya");
    await user.click(await button(/^Model:/));
    await screen.findByLabelText("Find a model");
    const row = (name: string) =>
      [...document.querySelectorAll<HTMLElement>("[role=option]")].find((one) =>
        one.textContent.trim().startsWith(name),
      ) ?? document.body;
    expect(row("SmolLM2"), "this one may be used").not.toHaveTextContent("Why?");
    const option = row(LARGE);
    expect(option).toHaveTextContent(/Why\?/);
    await user.click(option);
    await dialog(`You may not use ${LARGE}`);
    await waitFor(() => expect(row(LARGE), "in its place").toBe(document.body));
  });

  test("leads admins to the roles, not to themselves", async () => {
    world.policy.cells = [{ role: "member", row: { kind: "cloud_models" }, stance: "deny" }];
    const opened = await openDeskOf(world, "Elena");
    await ask(opened, "Hello");
    await opened.user.click(await button("Why?"));
    await dialog(/^You may not use/);
    expect(noButton("Ask for access")).toBeNull();
    await opened.user.click(await button("Open Roles"));
    await screen.findByRole("heading", { level: 1, name: "Roles" });
  });

  test("gives guests a reason and nobody to ask", async () => {
    const backend = new FixtureBackend(world);
    const refusal = { code: "denied", message: "", retry_at: null, rule_ids: [] } as const;
    const row = { kind: "cloud_models" as const };
    const denied = { action: "model.use", row, class: null };
    backend.stream = () => Promise.reject(new CommandFailed({ ...refusal, rule_ids: [], denied }));
    const { user } = await openWindowOf(backend);
    await user.click(await button(/Guest desk/));
    await user.click(await button(/guest/i));
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await user.keyboard("Hello{Enter}");
    await user.click(await button("Why?"));
    const why = within(await dialog("You may not use models in the cloud"));
    expect(why.getByText(/^Guests may do only/)).toBeVisible();
    expect(noButton("Ask for access")).toBeNull();
  });

  test("says what went wrong where it can not be found out", async () => {
    const opened = await openDeskOf(world, "Priya");
    const call = opened.backend.call.bind(opened.backend);
    opened.backend.call = (name, request) =>
      name === "explain" ? Promise.reject(new Error("no answer")) : call(name, request);
    await ask(opened, "Hello");
    await opened.user.click(await button("Why?"));
    const why = within(await dialog("Why this was refused"));
    expect(await why.findByRole("alert")).toHaveTextContent("Something went wrong");
  });

  test("has nobody to answer before a desk is open", () => {
    const failure: Failure = {
      code: "denied",
      message: "No.",
      retry_at: null,
      rule_ids: ["builtin.guest"],
      denied: { action: "desk.use", row: null, class: null },
    };
    render(FailureBanner, { failure });
    expect(screen.getByRole("alert")).not.toHaveTextContent("builtin.guest");
    expect(noButton("Why?")).toBeNull();
  });
});

describe("asking for more", () => {
  beforeEach(withRequests);

  async function asking(name: string): Promise<OpenWindow> {
    const opened = await openDeskOf(world, name);
    await ask(opened, "All is spent");
    const alert = within(screen.getByRole("alert"));
    await opened.user.click(await alert.findByRole("button", { name: "Ask for more" }));
    await dialog("Ask for more?");
    return opened;
  }

  test("begins where a limit stopped someone, with what it leaves", async () => {
    const opened = await asking("Mira");
    expect(screen.getByText(/^\$4\.00 of \$4\.00 used, begins anew/)).toBeVisible();
    const amount = screen.getByLabelText("How much more");
    expect(amount, "half as much again").toHaveValue("2");
    await opened.user.click(await button("$8.00 more"));
    expect(amount).toHaveValue("8");
    expect(screen.getByText(/^That makes \$12\.00 a day/)).toBeVisible();
    expect(await axeFindings(), "for everyone").toEqual([]);
    await opened.user.clear(amount);
    await opened.user.type(amount, "2.50{Enter}");
    await screen.findByText("Admins see your request");
    expect(sentAs(opened, "ask_for")).toEqual([
      { subject: { kind: "more", measure: DAY }, amount: 2.5 * DOLLAR, reason: "" },
    ]);
    await opened.user.click(await button("Show"));
    const requests = await screen.findByRole("list", { name: "Your requests" });
    expect(within(requests).getByText("$2.50 more a day")).toBeVisible();
  });

  test("wants an amount and a short reason", async () => {
    const opened = await asking("Mira");
    const amount = screen.getByLabelText("How much more");
    await opened.user.clear(amount);
    await opened.user.type(amount, "0{Enter}");
    expect(await screen.findByText("Ask for more than nothing.")).toBeVisible();
    expect(amount).toHaveFocus();
    await opened.user.clear(amount);
    await opened.user.type(amount, "a lot");
    expect(screen.getByText(/^Type US dollars/)).toBeVisible();
    await opened.user.clear(amount);
    await opened.user.type(amount, "3");
    const reason = screen.getByLabelText("What for (optional)");
    reason.focus();
    await opened.user.paste("x".repeat(399));
    expect(screen.queryByText(/characters/), "far from its end").toBeNull();
    await opened.user.paste("xx");
    expect(screen.getByText("99 characters left")).toBeVisible();
    await opened.user.paste("x".repeat(100));
    expect(screen.getByText("1 characters too long")).toBeVisible();
    await opened.user.click(await button("Ask"));
    expect(sentAs(opened, "ask_for"), "nothing was sent").toEqual([]);
  });

  test("shows in the dialog why the core refuses", async () => {
    const opened = await asking("Jonas");
    await opened.user.click(await button("Ask"));
    const alert = within(await dialog("Ask for more?")).getByRole("alert");
    expect(alert).toHaveTextContent("You asked for this already");
  });

  test("lets one choose among several limits", async () => {
    const tokens: LimitMeasure = { kind: "tokens", span: "month" };
    world.limits.limits = [
      ...world.limits.limits,
      {
        limit: { scope: { kind: "each_profile" }, measure: tokens, most: 100_000 },
        held: 0,
        spent: 20_000,
        ends: world.now() + 86_400_000,
        warned: null,
        pool: null,
      },
    ];
    const opened = await asking("Mira");
    await opened.user.click(screen.getByRole("radio", { name: "Tokens a month" }));
    expect(screen.getByLabelText("How much more")).toHaveValue("50000");
    await opened.user.click(await button("Ask"));
    await screen.findByText("Admins see your request");
    expect(sentAs(opened, "ask_for")).toEqual([
      { subject: { kind: "more", measure: tokens }, amount: 50_000, reason: "" },
    ]);
  });

  test("is no use without a limit of one's own", async () => {
    world.limits.limits = [];
    const opened = await openDeskOf(world, "Mira");
    await ask(opened, "All is spent");
    await waitFor(() => expect(sentAs(opened, "own_limits").length).toBeGreaterThan(0));
    expect(noButton("Ask for more")).toBeNull();
  });

  test("is for admins to change the limits", async () => {
    const opened = await openDeskOf(world, "Elena");
    await ask(opened, "All is spent");
    const alert = within(screen.getByRole("alert"));
    expect(alert.queryByRole("button", { name: "Ask for more" })).toBeNull();
    await opened.user.click(alert.getByRole("button", { name: "Change limits" }));
    await screen.findByRole("heading", { level: 1, name: "Models and providers" });
  });
});

describe("one's own access", () => {
  test("shows limits, requests and what admins see", async () => {
    withRequests();
    const opened = await openDeskOf(world, "Mira");
    await section(opened);
    const limits = within(await screen.findByRole("list", { name: "Your limits" }));
    expect(limits.getByText("$4.00 a day")).toBeVisible();
    expect(limits.getByText("for each person")).toBeVisible();
    expect(limits.getByText("$4.00 of $4.00 used")).toBeVisible();
    expect(limits.getByText("Used up")).toBeVisible();
    const requests = await screen.findByRole("list", { name: "Your requests" });
    const rows = within(requests).getAllByRole("listitem");
    const said = rows.map((one) =>
      [...one.querySelectorAll(".what, .status")].map((each) => each.textContent.trim()),
    );
    expect(said, "her own, with what became of them").toEqual([
      ["A view of the members", "Waiting"],
      ["The right to ask through own programs", expect.stringMatching(/^Granted by Elena until /)],
      ["$5.00 more a day", expect.stringMatching(/^Granted by Elena, ended /)],
    ]);
    expect(screen.getByText(/Never your chats/)).toBeVisible();
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("says how much of a limit is used once it reaches a level, and whose it is", async () => {
    sampleGroups(world);
    const scope = { kind: "group", group: world.groups[0]?.id ?? "" } as const;
    const ends = world.now() + HOUR;
    const standing = (spent: number, warned: number | null) => ({
      limit: { scope, measure: DAY, most: 4 * DOLLAR },
      held: 0,
      spent,
      ends,
      warned,
      pool: null,
    });
    world.limits.limits = [standing(3 * DOLLAR, 75)];
    await section(await openDeskOf(world, "Mira"));
    const limits = within(await screen.findByRole("list", { name: "Your limits" }));
    expect(limits.getByText("75 % used"), "in words").toBeVisible();
    expect(limits.getByText("for a group that you are in, together")).toBeVisible();
    expect(document.querySelector("li .meter"), "and by colour").toHaveClass("low");
  });

  test("says how much of one's own and of the pool is used", async () => {
    const scope = { kind: "each_profile" } as const;
    const limit = { scope, measure: DAY, most: 4 * DOLLAR, pool: 20 * DOLLAR };
    const ends = world.now() + HOUR;
    const pool = { used: 17 * DOLLAR, warned: 80 };
    world.limits.limits = [{ limit, held: 0, spent: 6 * DOLLAR, ends, warned: 80, pool }];
    await section(await openDeskOf(world, "Mira"));
    const limits = within(await screen.findByRole("list", { name: "Your limits" }));
    expect(limits.getByText("$4.00 a day"), "her own by itself").toBeVisible();
    expect(limits.getByText("$4.00 of $4.00 used"), "all of that").toBeVisible();
    expect(limits.getByText("Your own is used up"), "and what that means").toBeVisible();
    expect(limits.getByText("Pool that all share")).toBeVisible();
    expect(limits.getByText("$17.00 of $20.00 used"), "by everybody").toBeVisible();
    expect(limits.getByText("80 % used"), "the pool's level").toBeVisible();
    expect(limits.queryByText("Used up"), "something is left").toBeNull();
    const meters = document.querySelectorAll("li .meter");
    expect(meters, "a bar for each").toHaveLength(2);
    expect(await axeFindings(), "for everyone").toEqual([]);
  });

  test("lets one take a request back", async () => {
    withRequests();
    const opened = await openDeskOf(world, "Mira");
    await section(opened);
    await opened.user.click(await button("Take back: a view of the members"));
    expect(await screen.findByText("Taken back")).toBeVisible();
    expect(noButton(/^Take back/)).toBeNull();
  });

  test("says that there is nothing", async () => {
    await section(await openDeskOf(world, "Mira"));
    expect(await screen.findByText("Nothing limits what you use.")).toBeVisible();
    expect(await screen.findByText(/^You have not asked for anything/)).toBeVisible();
    expect(noButton("Ask for more")).toBeNull();
  });

  test("shows admins their own requests only", async () => {
    withRequests();
    await section(await openDeskOf(world, "Elena"));
    expect(await screen.findByText(/^You have not asked for anything/)).toBeVisible();
  });
});

describe("news", () => {
  const notice = (text: RegExp) =>
    screen.findAllByRole("status").then((all) => {
      const found = all.find((one) => text.test(one.textContent));
      if (!found) throw new Error(`no notice says ${text}`);
      return found;
    });

  test("of a decision stays until it was seen", async () => {
    withRequests();
    const opened = await openDeskOf(world, "Mira");
    const title = /^Elena gave you the right to ask through own programs until /;
    const banner = within((await screen.findByText(title)).closest("[role=status]") as HTMLElement);
    expect(await axeFindings(), "for everyone").toEqual([]);
    await opened.user.click(banner.getByRole("button", { name: "Your access" }));
    await screen.findByRole("heading", { level: 1, name: "Your access" });
    expect(screen.getByText(title), "seeing the page is not yet reading it").toBeVisible();
    await opened.user.click(await button("OK"));
    await waitFor(() => expect(screen.queryByText(title)).toBeNull());
    expect(sentAs(opened, "saw_news")).toEqual([{}]);
  });

  test("of a look says what was not shown", async () => {
    world.looks = [{ member: profileOf("Mira"), by: "Elena" }];
    const opened = await openDeskOf(world, "Mira");
    await screen.findByText("Elena looked at what you may do");
    expect(await notice(/looked/)).toHaveTextContent("Nothing you wrote was shown.");
    await opened.user.click(await button("OK"));
    await waitFor(() => expect(screen.queryByText(/looked at/)).toBeNull());
    expect(world.looks, "the core knows, too").toEqual([]);
  });

  test("of several things is one list", async () => {
    withRequests();
    const mira = profileOf("Mira");
    world.looks = [
      { member: mira, by: "Elena" },
      { member: mira, by: "Jonas" },
    ];
    const asked = world.requests.find((one) => one.profile === mira && one.state.kind === "open");
    if (asked) asked.state = { kind: "declined", by: "Elena", at: world.now(), seen: false };
    await openDeskOf(world, "Mira");
    await screen.findByText("News from admins");
    const items = within(await notice(/News from admins/)).getAllByRole("listitem");
    expect(
      items.map((one) => one.textContent),
      "decisions first",
    ).toEqual([
      "Elena declined: a view of the members",
      expect.stringMatching(/^Elena gave you the right to ask through own programs until /),
      "Elena and Jonas looked at what you may do. Nothing you wrote was shown.",
    ]);
  });

  test("is none where all was seen", async () => {
    withRequests();
    const opened = await openDeskOf(world, "Jonas");
    await waitFor(() => expect(sentAs(opened, "stay_open").length).toBeGreaterThan(0));
    expect(noButton("OK")).toBeNull();
  });
});
