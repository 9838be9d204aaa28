import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { untilOf } from "../src/settings/requests/grants";
import { sampleRequests } from "./fixture/asked";
import { FixtureBackend } from "./fixture/backend";
import { sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { fail, newId } from "./fixture/world";
import {
  axeFindings,
  choose,
  inTheMorning,
  openDeskOf,
  type OpenWindow,
  openWindowOf,
} from "./window";

const DOLLAR = 1_000_000_000;

let world: World;
beforeEach(() => {
  inTheMorning();
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  sampleRequests(world);
});

const profileOf = (name: string) =>
  world.desks.find((one) => one.card.name === name)?.card.profile ?? "";
const card = (of: RegExp) => screen.getByRole("article", { name: of });
const cards = () => screen.queryAllByRole("article");
const nav = () => screen.getByRole("navigation", { name: "Settings" });

async function toMembers({ user }: OpenWindow): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  await screen.findByRole("navigation", { name: "Settings" });
  within(nav())
    .getByRole("button", { name: /^Members/ })
    .click();
  await screen.findByRole("heading", { level: 1, name: "Members" });
}

async function open(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await toMembers(opened);
  await waitFor(() => expect(cards().length).toBeGreaterThan(0));
  return opened;
}

const decisions = ({ backend }: OpenWindow) =>
  backend.sent.filter((one) => one.name === "decide_request").map((one) => one.request);

/** An access request that nothing denies: who asks has a role that allows nothing. */
function askOfTrainee(): string {
  const trainee = world.policy.roles.find((one) => one.name === "Trainee")?.id ?? "member";
  const jonas = world.desks.find((one) => one.card.name === "Jonas");
  if (jonas) jonas.role = trainee;
  const id = newId();
  world.requests = [
    {
      id,
      profile: profileOf("Jonas"),
      subject: { kind: "access", row: { kind: "ask" } },
      amount: null,
      reason: "",
      made_at: world.now(),
      state: { kind: "open" },
    },
  ];
  return id;
}

describe("what waits", () => {
  test("says who asks for what, why, and how their limit stands", async () => {
    await open();
    expect(cards().length, "each").toBe(3);
    const jonas = card(/^Jonas asks for \$2\.00 more a day\.$/);
    expect(jonas, "in their words").toHaveTextContent("“Two tables of the ferry tender are left.”");
    expect(jonas, "for the decision").toHaveTextContent(
      "Jonas has used $4.00 of $4.00. 1 hour ago",
    );
    expect(card(/^Mira asks for 200,000 tokens more a month\.$/), "no reason, no quotes")
      .not //
      .toHaveTextContent("“");
  });

  test("is counted beside Members, also where that is not open", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await user.keyboard("{Control>},{/Control}");
    await screen.findByRole("navigation", { name: "Settings" });
    await waitFor(() =>
      expect(
        within(nav()).getByRole("button", { name: "Members (3 to decide)" }),
        "in words for who hears it",
      ).toHaveTextContent("3"),
    );
  });

  test("is no business of members, and one's own is not among it", async () => {
    world.requests = world.requests.map((one) => ({ ...one, profile: profileOf("Elena") }));
    const opened = await openDeskOf(world, "Elena");
    await toMembers(opened);
    await screen.findByText("Decided");
    expect(cards(), "nobody decides about their own").toEqual([]);
    expect(within(nav()).getByRole("button", { name: "Members" }), "and none is counted") //
      .toBeVisible();
  });

  test("takes no room where nobody ever asked", async () => {
    world.requests = [];
    const opened = await openDeskOf(world, "Elena");
    await toMembers(opened);
    await screen.findByText("Jonas");
    expect(screen.queryByRole("heading", { name: "Requests" })).toBeNull();
  });

  test("is for everyone", async () => {
    const { user } = await open();
    await user.click(screen.getByText("Decided"));
    expect(await axeFindings()).toEqual([]);
  });
});

describe("an answer", () => {
  test("grants what was asked until midnight, and says so", async () => {
    const opened = await open();
    const id = world.requests.at(-1)?.id;
    const midnight = untilOf("midnight", Date.now());
    await opened.user.click(
      within(card(/^Jonas/)).getByRole("button", { name: "Grant until midnight" }),
    );
    await waitFor(() => expect(cards().length).toBe(2));
    expect(decisions(opened)).toEqual([
      { id, answer: { kind: "grant", until: midnight, amount: 2 * DOLLAR } },
    ]);
    expect(screen.getByText("Granted to Jonas")).toBeVisible();
    expect(screen.getByText(/^Until tomorrow, .*: \$2\.00 more a day\. Jonas is told\.$/)) //
      .toBeVisible();
    expect(card(/^Priya/), "the next one has the focus").toHaveFocus();
    expect(within(nav()).getByRole("button", { name: "Members (2 to decide)" }), "at once") //
      .toBeVisible();
  });

  test("grants for this month where the limit is one of a month", async () => {
    const opened = await open();
    const id = world.requests.at(-3)?.id;
    await opened.user.click(
      within(card(/^Mira/)).getByRole("button", { name: "Grant for this month" }),
    );
    await waitFor(() => expect(cards().length).toBe(2));
    const until = untilOf("month", Date.now());
    expect(decisions(opened)).toEqual([{ id, answer: { kind: "grant", until, amount: 200_000 } }]);
  });

  test("gives access for seven days, without an amount", async () => {
    const id = askOfTrainee();
    const opened = await open();
    await opened.user.click(
      within(card(/^Jonas asks for the right to ask questions/)).getByRole("button", {
        name: "Grant for 7 days",
      }),
    );
    await screen.findByText("Granted to Jonas");
    const [sent] = decisions(opened);
    expect(sent).toMatchObject({ id, answer: { kind: "grant", amount: null } });
    expect(world.exceptions.at(-1), "an exception of theirs").toMatchObject({
      profile: profileOf("Jonas"),
      row: { kind: "ask" },
    });
    const days = ((world.exceptions.at(-1)?.until ?? 0) - Date.now()) / 86_400_000;
    expect(days, "from now").toBeCloseTo(7, 1);
    expect(screen.getByText("Decided").closest("summary"), "nothing else waits").toHaveFocus();
  });

  test("declines, and then it stands among what was decided", async () => {
    const opened = await open();
    await opened.user.click(within(card(/^Priya/)).getByRole("button", { name: "Decline" }));
    await screen.findByText("Request of Priya declined");
    expect(decisions(opened)).toMatchObject([{ answer: { kind: "decline" } }]);
    await opened.user.click(screen.getByText("Decided"));
    const list = within(screen.getByText("Decided").closest("details") ?? document.body);
    const rows = list
      .getAllByRole("listitem")
      .map((one) => one.textContent.replaceAll(/\s+/g, " ").trim());
    expect(rows[0], "the newest first").toMatch(
      /Priya asked for access to mistral-large-latest .*Declined by Elena just now$/,
    );
    expect(rows.at(-1), "and what is over").toMatch(/Mira asked for \$5\.00 more a day .* ended /);
  });

  test("where a rule denies it nothing is offered that would not hold, but the way to the rule", async () => {
    const { user } = await open();
    const priya = within(card(/^Priya/));
    expect(priya.getByText(/an exception does not lift it. Change the rule first/)).toBeVisible();
    expect(
      priya.getAllByRole("button").map((one) => one.textContent.trim()),
      "no grant in vain",
    ).toEqual(["Decline", "Open Roles"]);
    await user.click(priya.getByRole("button", { name: "Open Roles" }));
    expect(await screen.findByRole("heading", { level: 1, name: "Roles" })).toBeVisible();
  });

  test("that comes too late says so, and what waits is read again", async () => {
    const opened = await open();
    const { backend } = opened;
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) => {
      // It is taken back the moment before.
      const last = world.requests.at(-1);
      if (name === "decide_request" && last) last.state = { kind: "withdrawn" };
      return passOn(name, request);
    };
    await opened.user.click(
      within(card(/^Jonas/)).getByRole("button", { name: "Grant until midnight" }),
    );
    expect(await screen.findByRole("alert")).toHaveTextContent(/not there any more/);
    expect(cards().length, "it waits no more").toBe(2);
    expect(screen.queryByText("Granted to Jonas"), "nothing was given").toBeNull();
  });

  test("to a list that cannot be read is another try", async () => {
    const backend = new FixtureBackend(world);
    let broken = true;
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) =>
      name === "list_requests" && broken
        ? fail("busy", "Something else is at it. Try again.")
        : passOn(name, request);
    world.open = world.desks[0] ?? null;
    const opened = await openWindowOf(backend);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await toMembers(opened);
    expect(await screen.findByRole("alert")).toHaveTextContent(/Something else is at it/);
    broken = false;
    await opened.user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(cards().length).toBe(3));
  });
});

describe("another amount or time", () => {
  async function other(): Promise<OpenWindow & { dialog: HTMLElement }> {
    const opened = await open();
    await opened.user.click(within(card(/^Jonas/)).getByRole("button", { name: "Other amount…" }));
    const dialog = await screen.findByRole("dialog", { name: "Give Jonas more money a day?" });
    return { ...opened, dialog };
  }

  test("begins with what was asked, and sends what is typed", async () => {
    const { user, backend, dialog } = await other();
    const amount = within(dialog).getByLabelText("How much more");
    expect(amount, "as it was asked").toHaveValue("2");
    expect(dialog).toHaveTextContent("Asked for: $2.00 more a day.");
    await user.clear(amount);
    await user.type(amount, "0,50");
    await choose(user, within(dialog).getByLabelText(/^Until/), "30 days from now", "option");
    await user.click(within(dialog).getByRole("button", { name: "Grant" }));
    await screen.findByText("Granted to Jonas");
    const [sent] = decisions({ user, backend });
    expect(sent).toMatchObject({ answer: { kind: "grant", amount: DOLLAR / 2 } });
    expect(screen.queryByRole("dialog"), "done").toBeNull();
  });

  test("is asked in a dialog for everyone", async () => {
    await other();
    expect(await axeFindings()).toEqual([]);
  });

  test("takes nothing that is no amount and no time to come", async () => {
    const { user, backend, dialog } = await other();
    const amount = within(dialog).getByLabelText("How much more");
    await user.clear(amount);
    await user.type(amount, "0");
    await choose(user, within(dialog).getByLabelText(/^Until/), "Another time", "option");
    const time = within(dialog).getByLabelText("Day and time");
    await user.clear(time);
    await user.click(within(dialog).getByRole("button", { name: "Grant" }));
    expect(dialog).toHaveTextContent("Give more than nothing.");
    expect(dialog).toHaveTextContent("Choose a time from now on, within a year.");
    expect(amount, "the first to put right").toHaveFocus();
    expect(decisions({ user, backend }), "nothing was sent").toEqual([]);
  });
});

test("what was given is taken back before its time, and its member is told", async () => {
  const id = askOfTrainee();
  const { user, backend } = await open();
  await user.click(within(card(/^Jonas/)).getByRole("button", { name: "Grant for 7 days" }));
  await screen.findByText("Granted to Jonas");
  await user.click(screen.getByText("Decided"));
  await user.click(screen.getByRole("button", { name: /^Take back: Jonas asked for/ }));
  await screen.findByText("Taken back from Jonas");
  const sent = backend.sent.filter((one) => one.name === "take_back");
  expect(sent.map((one) => one.request)).toEqual([{ id }]);
  expect(screen.queryByRole("button", { name: /^Take back: Jonas/ }), "it is over").toBeNull();
  const his = world.exceptions.filter((one) => one.profile === profileOf("Jonas"));
  expect(his, "he may no longer").toEqual([]);
});
