import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { FixtureBackend } from "./fixture/backend";
import { recorded, sampleRecord } from "./fixture/record";
import { sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import { fail, type World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, openWindowOf, type OpenWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const filter = (name: RegExp) => screen.getByLabelText(name);
const table = () => screen.getByRole("table", { name: "Events" });
/** The events as they are listed, by number. */
const listed = () =>
  [...document.querySelectorAll<HTMLElement>("tr[data-sequence]")].map((row) =>
    Number(row.dataset["sequence"]),
  );
const row = (sequence: number) => {
  const found = document.querySelector<HTMLElement>(`tr[data-sequence="${sequence}"]`);
  if (!found) throw new Error(`event ${sequence} is not listed`);
  return within(found).getByRole("button");
};

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  world.record = sampleRecord(world, 0);
});

async function toRecord({ user }: OpenWindow): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Record" }).click();
  await screen.findByRole("heading", { level: 1, name: "Record" });
}

test("an auditor reads it, and has no members and no roles to change", async () => {
  const jonas = world.desks.find((one) => one.card.name === "Jonas");
  if (jonas) jonas.role = "auditor";
  await toRecord(await openDeskOf(world, "Jonas"));
  await waitFor(() => expect(listed().length).toBeGreaterThan(10));
  const nav = within(screen.getByRole("navigation", { name: "Settings" }));
  for (const name of ["Members", "Roles", "View as"])
    expect(nav.queryByRole("button", { name }), name).toBeNull();
});

async function open(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await toRecord(opened);
  await waitFor(() => expect(table()).toBeVisible());
  return opened;
}

/** As many events as are wanted, one a minute. */
function long(count: number): void {
  const profile = world.desks[0]?.card.profile ?? "";
  const told = Array.from({ length: count }, (_, place) => ({
    age: count - place,
    actor: { kind: "member" as const, profile, name: "Elena" },
    what: { kind: "signed_in" },
  }));
  world.record = recorded(told, world.now());
}

test("members have no record to read", async () => {
  const { user } = await openDeskOf(world, "Mira");
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  expect(within(nav).queryByRole("button", { name: "Record" }), "for admins").toBeNull();
});

describe("whether it holds", () => {
  test("is checked on opening, and again when asked", async () => {
    const { user, backend } = await open();
    const checks = () => backend.sent.filter((one) => one.name === "verify_record").length;
    const count = world.record.length;
    expect(
      await screen.findByText(new RegExp(`^Unbroken: ${count} events since `)),
      "quiet good news",
    ).toBeVisible();
    expect(checks(), "once").toBe(1);
    world.recordFault = { sequence: 40, fault: "gap" };
    await user.click(button("Check again"));
    const alert = await screen.findByRole("alert");
    expect(alert, "where").toHaveTextContent("The record does not hold at event 40");
    expect(alert, "what it means").toHaveTextContent("It does not follow event 39");
    expect(alert, "what to do").toHaveTextContent(/Keep a copy of the data folder/);
    expect(button("Check again"), "the hand stays there").toHaveFocus();
    expect(checks(), "anew").toBe(2);
  });

  test("a check that fails says so, and can be repeated", async () => {
    const backend = new FixtureBackend(world);
    let broken = true;
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) =>
      name === "verify_record" && broken
        ? fail("busy", "Something else is at it. Try again.")
        : passOn(name, request);
    world.open = world.desks[0] ?? null;
    const opened = await openWindowOf(backend);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await toRecord(opened);
    expect(await screen.findByRole("alert")).toHaveTextContent(/Something else is at it/);
    expect(screen.queryByText(/^Unbroken/), "nothing is claimed").toBeNull();
    broken = false;
    await opened.user.click(button("Check again"));
    expect(await screen.findByText(/^Unbroken/)).toBeVisible();
  });
});

describe("the list", () => {
  test("begins with the newest, names people and says what happened", async () => {
    await open();
    expect(listed().slice(0, 3), "newest first").toEqual(
      world.record
        .toReversed()
        .slice(0, 3)
        .map((one) => one.sequence),
    );
    expect(
      screen.getAllByRole("columnheader").map((one) => one.textContent),
      "every column has a name",
    ).toEqual(["Event", "Time", "Who", "What", "Outcome"]);
    const denied = world.record.find((one) => one.kind === "denied");
    await waitFor(() =>
      expect(row(denied?.sequence ?? 0)).toHaveTextContent(
        "Refused: use a model mistral-large-latest · Mistral · 4 times",
      ),
    );
  });

  test("is turned over, and holds one person’s events or one kind’s", async () => {
    const { user, backend } = await open();
    const asked = () => backend.sent.findLast((one) => one.name === "read_record")?.request;
    await user.click(screen.getByRole("radio", { name: "Oldest first" }));
    await waitFor(() => expect(listed()[0], "the first").toBe(1));

    await choose(user, filter(/^Person/), "Jonas", "option");
    const jonas = world.desks.find((desk) => desk.card.name === "Jonas")?.card.profile;
    const his = world.record.filter(
      ({ actor }) => actor.kind === "member" && actor.profile === jonas,
    );
    await waitFor(() => expect(listed(), "his").toEqual(his.map((one) => one.sequence)));
    expect(screen.getByText(`${his.length} events`), "counted").toHaveRole("status");

    await choose(user, filter(/^Kind of event/), "Sign-in", "option");
    await waitFor(() => expect(listed().length).toBeLessThan(his.length));
    expect(asked(), "both hold").toMatchObject({
      actor: jonas,
      newest_first: false,
      kinds: expect.arrayContaining(["signed_in", "passphrase_changed"]),
    });

    await choose(user, filter(/^Kind of event/), "Repairs", "option");
    expect(await screen.findByText("Nothing like that is in the record")).toBeVisible();
    await user.click(button("Show all events"));
    await waitFor(() => expect(listed().length, "everybody’s again").toBe(world.record.length));
    expect(row(1), "and the hand is among them").toHaveFocus();
  });

  test("comes page by page, and the button keeps the focus as long as it is there", async () => {
    long(201);
    const { user, backend } = await open();
    await screen.findByText("100 of 201");
    const more = button("Show more");
    more.focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(listed()).toHaveLength(200));
    expect(more, "there is more").toHaveFocus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(listed()).toHaveLength(201));
    expect(screen.queryByRole("button", { name: "Show more" }), "that was all").toBeNull();
    await waitFor(() => expect(row(1), "the first that came with it").toHaveFocus());
    expect(listed(), "none twice, none left out").toEqual(
      Array.from({ length: 201 }, (_, place) => 201 - place),
    );
    const beyond = backend.sent
      .filter((one) => one.name === "read_record")
      .map(({ request }) => request as { beyond: number | null; limit: number })
      .filter(({ limit }) => limit === 100)
      .map((one) => one.beyond);
    expect(beyond, "each goes on behind the last").toEqual([null, 102, 2]);
  });

  test("that cannot be read says why, and is read again when asked", async () => {
    const backend = new FixtureBackend(world);
    let broken = true;
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) =>
      name === "read_record" && broken
        ? fail("busy", "Something else is at it. Try again.")
        : passOn(name, request);
    world.open = world.desks[0] ?? null;
    const opened = await openWindowOf(backend);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await toRecord(opened);
    expect(await screen.findByRole("alert")).toHaveTextContent(/Something else is at it/);
    broken = false;
    await opened.user.click(button("Try again"));
    await waitFor(() => expect(listed()).toHaveLength(world.record.length));
    expect(screen.queryByRole("alert"), "settled").toBeNull();
  });
});

describe("one event", () => {
  test("is found, opened, walked from and closed by keys alone", async () => {
    const { user } = await open();
    const [newest = 0, second = 0, third = 0] = listed();
    row(newest).focus();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(row(third), "two down").toHaveFocus();
    expect(
      [...document.querySelectorAll("tr[data-sequence] button[tabindex='0']")],
      "one stop of the Tab key",
    ).toEqual([row(third)]);
    await user.keyboard("{Home}{ArrowDown}{Enter}");
    const panel = await screen.findByRole("complementary", {
      name: new RegExp(`^Event ${second}`),
    });
    expect(within(panel).getByRole("heading", { level: 2 }), "reading begins here").toHaveFocus();
    expect(row(second), "told where it stands").toHaveAttribute("aria-expanded", "true");
    expect(row(second)).toHaveAttribute("aria-controls", panel.id);
    await user.click(within(panel).getByRole("button", { name: "Event below" }));
    expect(panel, "the next").toHaveAccessibleName(new RegExp(`^Event ${third}`));
    expect(within(panel).getByRole("button", { name: "Event below" }), "stays").toHaveFocus();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(row(third), "back in the list").toHaveFocus());
    expect(screen.queryByRole("complementary", { name: /^Event/ }), "closed").toBeNull();
    expect(screen.getByRole("heading", { level: 1, name: "Record" }), "no more").toBeVisible();
  });

  test("shows every field in words, what proves it, and the signed text as it is", async () => {
    const { user } = await open();
    const denied = world.record.find((one) => one.kind === "denied");
    const before = world.record.find((one) => one.sequence === (denied?.sequence ?? 0) - 1);
    if (!denied || !before) throw new Error("the sample has a refusal");
    await user.click(row(denied.sequence));
    const panel = within(await screen.findByRole("complementary", { name: /^Event/ }));
    for (const words of ["use a model", "mistral-large-latest · Mistral", "4", "Priya"])
      expect(panel.getAllByText(words)[0], words).toBeVisible();
    for (const proof of [before.hash, denied.hash, denied.signature])
      expect(panel.getByText(proof), "to be compared").toBeVisible();
    await waitFor(() => expect(panel.getByText("Hash and signature hold")).toBeVisible());
    expect(panel.getByText("The words are not here"), "as promised").toBeVisible();
    expect(panel.getByText(denied.text), "folded away").not.toBeVisible();
    await user.click(panel.getByText("Signed text (JSON)"));
    expect(panel.getByText(denied.text), "as it was signed").toBeVisible();
    await user.click(panel.getByRole("button", { name: "Copy: Signature" }));
    expect(await navigator.clipboard.readText(), "whole").toBe(denied.signature);
    await user.click(panel.getByRole("button", { name: "Copy event" }));
    await panel.findByText("Copied");
    const { text, hash, signature } = denied;
    expect(JSON.parse(await navigator.clipboard.readText()), "as the export writes it").toEqual({
      text,
      hash,
      signature,
    });
    expect(await axeFindings(), "for everybody").toEqual([]);
  });

  test("leads to all that this person did", async () => {
    const { user } = await open();
    const hers = world.record.findLast(
      ({ actor }) => actor.kind === "member" && actor.name === "Priya",
    );
    await user.click(row(hers?.sequence ?? 0));
    await user.click(await screen.findByRole("button", { name: "Only this person" }));
    await waitFor(() => expect(filter(/^Person/)).toHaveAccessibleName("Person Priya"));
    await waitFor(() => expect(row(hers?.sequence ?? 0), "it is still there").toHaveFocus());
  });

  test("behind the place that does not hold is told as not proven", async () => {
    world.recordFault = { sequence: 40, fault: "changed" };
    const { user } = await open();
    await screen.findByRole("alert");
    const standing = async (sequence: number, words: string) => {
      await user.click(row(sequence));
      const panel = within(await screen.findByRole("complementary", { name: /^Event/ }));
      expect(panel.getByText(words), `event ${sequence}`).toBeVisible();
    };
    await standing(39, "Hash and signature hold");
    await standing(40, "The record does not hold here");
    await standing(41, "Not proven: it stands behind the place that does not hold");
  });
});
