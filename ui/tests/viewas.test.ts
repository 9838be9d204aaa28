import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { sampleRequests } from "./fixture/asked";
import { FixtureBackend } from "./fixture/backend";
import { sampleGroups } from "./fixture/groups";
import { sampleRecord } from "./fixture/record";
import { manyModels, sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import { fail, type World } from "./fixture/world";
import {
  axeFindings,
  choose,
  inTheMorning,
  openDeskOf,
  type OpenWindow,
  openWindowOf,
} from "./window";

let world: World;
beforeEach(() => {
  inTheMorning();
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  sampleRequests(world);
  world.record = sampleRecord(world, 0);
});

const nav = () => screen.getByRole("navigation", { name: "Settings" });
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const looks = ({ backend }: Pick<OpenWindow, "backend">) =>
  backend.sent.filter((one) => one.name === "view_access").map((one) => one.request);
const profileOf = (name: string) =>
  world.desks.find((one) => one.card.name === name)?.card.profile ?? "";

async function toSection({ user }: OpenWindow, name: string): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  await screen.findByRole("navigation", { name: "Settings" });
  within(nav())
    .getByRole("button", { name: new RegExp(`^${name}`) })
    .click();
  await screen.findByRole("heading", { level: 1, name });
}

async function open(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await toSection(opened, "View as");
  await screen.findByText("Whose access do you want to see?");
  return opened;
}

async function viewing(name: string): Promise<OpenWindow> {
  const opened = await open();
  await choose(opened.user, screen.getByLabelText(/^Member/), name, "option");
  await screen.findByRole("heading", { level: 1, name });
  return opened;
}

/** A row of what they may do, and its answer. */
const row = (name: RegExp) => button(name);

test("members view nobody", async () => {
  const { user } = await openDeskOf(world, "Mira");
  await user.keyboard("{Control>},{/Control}");
  await screen.findByRole("navigation", { name: "Settings" });
  expect(within(nav()).queryByRole("button", { name: "View as" }), "for admins").toBeNull();
});

describe("before a member is chosen", () => {
  test("nothing is asked of the core, and what looking means is said", async () => {
    const opened = await open();
    expect(screen.getByText(/Looking is recorded, and the member is told/)).toBeVisible();
    expect(looks(opened), "looking is told, so it is not done by the way").toEqual([]);
    expect(world.looks).toEqual([]);
    expect(await axeFindings()).toEqual([]);
  });

  test("only others can be chosen", async () => {
    const { user } = await open();
    screen.getByLabelText(/^Member/).focus();
    await user.keyboard("{Enter}");
    const list = await screen.findByRole("listbox", { hidden: true });
    expect([...list.querySelectorAll("[role=option]")].map((one) => one.textContent.trim())) //
      .toEqual(["Jonas", "Mira", "Priya", "Felix"]);
  });

  test("a way from the members leads to a question, not to a look", async () => {
    const opened = await openDeskOf(world, "Elena");
    await toSection(opened, "Members");
    const more = await screen.findByRole("button", { name: "More about Jonas" });
    await choose(opened.user, more, "View as…");
    expect(await screen.findByText("See what Jonas may do?")).toBeVisible();
    expect(looks(opened), "not yet").toEqual([]);
    await opened.user.click(button("View as Jonas"));
    await screen.findByRole("heading", { level: 1, name: "Jonas" });
    expect(looks(opened), "now").toEqual([{ member: profileOf("Jonas") }]);
    await opened.user.click(button("Done"));
    expect(await screen.findByText("Whose access do you want to see?"), "not again").toBeVisible();
  });

  test("where nobody else is, that is said", async () => {
    world.desks = world.desks.slice(0, 1);
    const opened = await openDeskOf(world, "Elena");
    await toSection(opened, "View as");
    expect(await screen.findByText("Nobody else is here yet")).toBeVisible();
    expect(screen.queryByLabelText(/^Member/), "nobody to choose").toBeNull();
  });
});

describe("what a member may do", () => {
  test("is shown with each answer, and that they are told", async () => {
    const opened = await viewing("Priya");
    expect(looks(opened), "once, of whom was chosen").toEqual([{ member: profileOf("Priya") }]);
    expect(world.looks).toEqual([{ member: profileOf("Priya"), by: "Elena" }]);
    expect(
      screen.getByText(/Nothing Priya wrote is shown, and Priya is told that you looked/),
    ).toBeVisible();
    expect(
      screen.getByRole("heading", { level: 1, name: "Priya" }),
      "read from here",
    ).toHaveFocus();
    expect(screen.getByText("Field crew")).toBeVisible();
    expect(row(/^mistral-large-latest/)).toHaveAccessibleName("mistral-large-latest No");
    expect(row(/^SmolLM2/)).toHaveAccessibleName("SmolLM2 135M Instruct Yes");
    expect(row(/^Ask questions/)).toHaveAccessibleName("Ask questions Yes");
    expect(row(/^Everyday/)).toHaveAccessibleName("Everyday Yes");
    expect(screen.getByText("$4.00 used"), "how the money stands").toBeVisible();
    expect(screen.getByText("encrypted with a key only Priya holds")).toBeVisible();
    expect(screen.getByText("Sealed")).toBeVisible();
    expect(screen.getByText("Role Field crew denies it"), "refused lately").toBeVisible();
    expect(await axeFindings()).toEqual([]);
  });

  test("names the group that a limit is about", async () => {
    sampleGroups(world);
    const [limit] = world.limits.limits;
    const group = world.groups[0]?.id ?? "";
    if (limit) limit.limit = { ...limit.limit, scope: { kind: "group", group } };
    await viewing("Priya");
    expect(screen.getByText("The group Fieldwork together"), "as its ladders do").toBeVisible();
  });

  test("says how the pool of a limit stands, beside what they used themselves", async () => {
    const [limit] = world.limits.limits;
    if (limit) {
      limit.limit = { ...limit.limit, pool: 20_000_000_000 };
      limit.pool = { used: 12_000_000_000, warned: null };
    }
    await viewing("Priya");
    const line = screen.getByText(/^\$4\.00 a day, and a pool of \$20\.00/).closest("li");
    expect(line, "of everybody").toHaveTextContent("$12.00 of the pool used");
    expect(line, "and of theirs; something is left").toHaveTextContent("$4.00 used");
    expect(line?.querySelector(".over"), "so nothing is in the way").toBeNull();
  });

  test("of an exception is allowed, and until when", async () => {
    world.policy = { ...world.policy, cells: [] };
    const trainee = world.policy.roles.find((one) => one.name === "Trainee")?.id ?? "";
    const mira = world.desks.find((one) => one.card.name === "Mira");
    if (mira) mira.role = trainee;
    const { user } = await viewing("Mira");
    expect(row(/^Ask questions/)).toHaveAccessibleName("Ask questions No");
    await user.click(row(/^Own programs/));
    const panel = within(screen.getByRole("complementary", { name: /Why Mira may/ }));
    expect(panel.getByText("An exception for Mira allows it")).toBeVisible();
    expect(panel.getByText(/^Until /), "it ends").toBeVisible();
  });

  test("of many models shows the first, and all when asked", async () => {
    manyModels(world);
    const [first] = world.providers;
    if (first) first.models = Array.from({ length: 9 }, (_, at) => `claude-${at}`);
    const { user } = await viewing("Jonas");
    expect(screen.queryByRole("button", { name: /^claude-8/ })).toBeNull();
    await user.click(button("Show all 9 models"));
    expect(row(/^claude-8/)).toBeVisible();
  });

  test("that cannot be read says so, and can be tried again", async () => {
    const backend = new FixtureBackend(world);
    let broken = true;
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) =>
      name === "view_access" && broken
        ? fail("busy", "Something else is at it. Try again.")
        : passOn(name, request);
    world.open = world.desks[0] ?? null;
    const opened = await openWindowOf(backend);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await toSection(opened, "View as");
    await choose(opened.user, await screen.findByLabelText(/^Member/), "Mira", "option");
    expect(await screen.findByRole("alert")).toHaveTextContent(/Something else is at it/);
    broken = false;
    await opened.user.click(button("Try again"));
    expect(await screen.findByRole("heading", { level: 1, name: "Mira" })).toBeVisible();
  });
});

describe("why", () => {
  test("says who says what, how often it was refused, and who can change it", async () => {
    const { user } = await viewing("Priya");
    await user.click(row(/^mistral-large-latest/));
    const aside = screen.getByRole("complementary", {
      name: "Why Priya may not use mistral-large-latest",
    });
    const steps = within(within(aside).getByRole("list", { name: "Who says what" }));
    const titles = steps.getAllByRole("listitem").map((one) => one.querySelector("p")?.textContent);
    expect(titles, "from the whole workspace to the person").toEqual([
      "The workspace says nothing",
      "Role Member allows it",
      "Role Field crew denies it",
      "No exception for Priya",
    ]);
    expect(aside).toHaveTextContent(/Refused lately\s*4 times · Today, /);
    expect(aside).toHaveTextContent(/Can be changed by\s*Elena/);
    expect(within(aside).getByRole("heading", { level: 2 }), "read on there").toHaveFocus();
    expect(await axeFindings()).toEqual([]);
    await user.click(within(aside).getByRole("button", { name: "Edit rules" }));
    expect(await screen.findByRole("heading", { level: 1, name: "Roles" })).toBeVisible();
  });

  test("closes on Escape and gives the focus back to its row", async () => {
    const { user } = await viewing("Priya");
    await user.click(row(/^Own programs/));
    expect(row(/^Own programs/), "and says so").toHaveAttribute("aria-expanded", "true");
    await user.keyboard("{Escape}");
    expect(screen.queryByRole("complementary", { name: /^Why/ })).toBeNull();
    await waitFor(() => expect(row(/^Own programs/)).toHaveFocus());
  });

  test("goes when another member is looked at", async () => {
    const opened = await viewing("Priya");
    await opened.user.click(row(/^Own programs/));
    await choose(opened.user, screen.getByLabelText(/^Member/), "Jonas", "option");
    await screen.findByRole("heading", { level: 1, name: "Jonas" });
    expect(screen.queryByRole("complementary", { name: /^Why/ }), "it was Priya's").toBeNull();
    expect(looks(opened).length, "each is told").toBe(2);
  });
});
