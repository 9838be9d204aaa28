import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { sampleGroups } from "./fixture/groups";
import { sampleRecord } from "./fixture/record";
import { sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import { sampleHistory, sampleStatements } from "./fixture/statements";
import { fail, type World } from "./fixture/world";
import { axeFindings, openDeskOf, type OpenWindow } from "./window";

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  sampleGroups(world);
  sampleStatements(world);
  sampleHistory(world);
});

async function section(user: OpenWindow["user"], name: string): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  await user.click(within(nav).getByRole("button", { name: new RegExp(`^${name}`) }));
  await screen.findByRole("heading", { level: 1, name });
}

async function history(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await section(opened.user, "Roles");
  const open = await screen.findByRole("button", { name: "History" });
  open.focus();
  await opened.user.keyboard("{Enter}");
  await screen.findByRole("dialog", { name: "History of roles and policies" });
  return opened;
}

const dialog = () => within(screen.getByRole("dialog"));
const heads = () => dialog().getAllByRole("heading", { level: 3 });
const numbers = () => heads().map((one) => one.textContent);
const text = (element: Element | null | undefined) =>
  element?.textContent.replaceAll(/\s+/g, " ").trim();
/** A version's changes, as they are heard. */
const heard = (version: number) => {
  const entry = heads()
    .find((one) => one.textContent === `Version ${version}`)
    ?.closest("li");
  return [...(entry?.querySelectorAll(":scope > ul > li") ?? [])].map((one) => {
    const copy = one.cloneNode(true);
    if (copy instanceof Element) {
      for (const quiet of copy.querySelectorAll("[aria-hidden=true]")) quiet.remove();
      return text(copy) ?? "";
    }
    return "";
  });
};
const asked = ({ backend }: OpenWindow) =>
  backend.sent.filter(({ name }) => name === "read_policy_history").map(({ request }) => request);

describe("the history", () => {
  test("tells each version's number, when it was signed and by whom", async () => {
    await history();
    await dialog().findByText("Version 3");
    expect(numbers(), "the newest first").toEqual(["Version 3", "Version 2", "Version 1"]);
    const lines = heads().map((one) => text(one.nextElementSibling));
    expect(lines[0]).toMatch(/^Elena · (Today|Yesterday)/);
    expect(lines[1], "their name went with them").toMatch(/^somebody who was erased · /);
    expect(dialog().getByText("First signed.")).toBeVisible();
  });

  test("says what became of roles, cells and policies by hand", async () => {
    await history();
    await dialog().findByText("Version 3");
    const [cloud, small] = heard(3);
    expect(cloud).toBe("Field crew · Models in the cloud: allowed became denied");
    expect(small, "of what is gone, too").toBe(
      "Field crew · gpt-4.1-mini (not here any more): allowed became inherits",
    );
    expect(heard(2).slice(0, 3)).toEqual([
      "Role “Survey crew” is now called “Field crew”",
      "Role “Field crew” may now do what members may",
      "Role “Intern” removed",
    ]);
    expect(heard(1)).toEqual([
      "Role “Survey crew” made",
      "Member · Models in the cloud: inherits became allowed",
    ]);
  });

  test("shows a policy by hand line by line, in signs and in words", async () => {
    await history();
    await dialog().findByText("Version 3");
    const changed = dialog().getByText("Policy “Fieldwork stays here” changed").closest("li");
    const lines = [...(changed?.querySelectorAll("li") ?? [])].map(text);
    expect(lines.length, "what is the same stays").toBe(6);
    expect(lines.slice(4)).toEqual([
      "− Removed: ) when { resource.basic };",
      "+ Added: ) when { !resource.local };",
    ]);
    const gone = dialog().getByText("Policy “Old rule” removed").closest("li");
    expect(text(gone?.querySelector("li"))).toMatch(/^− Removed: permit/);
    const made = dialog().getByText("Policy “Guests see no route” written").closest("li");
    expect(text(made?.querySelector("li"))).toMatch(/^\+ Added: forbid/);
  });

  test("shows twenty at a time, and the focus goes on to the older ones", async () => {
    sampleHistory(world, 22);
    const opened = await history();
    await dialog().findByText("Version 25");
    expect(heads().length).toBe(20);
    expect(dialog().getAllByText("Nothing in it differs from the version before.").length).toBe(18);
    dialog().getByRole("button", { name: "Older" }).focus();
    await opened.user.keyboard("{Enter}");
    await dialog().findByText("Version 1");
    expect(heads().length, "and those before stay").toBe(25);
    expect(heads()[20], "the first that came").toHaveFocus();
    expect(dialog().queryByRole("button", { name: "Older" }), "there are no more").toBeNull();
    expect(asked(opened)).toEqual([{ before: null }, { before: 6 }]);
  });

  test("says that nobody signed any yet", async () => {
    world.policyHistory = [];
    await history();
    expect(await dialog().findByText("Nobody has signed a version yet")).toBeVisible();
  });

  test("that cannot be read is another try", async () => {
    const opened = await openDeskOf(world, "Elena");
    const { backend, user } = opened;
    const passOn = backend.call.bind(backend);
    let broken = true;
    backend.call = async (name, request) =>
      name === "read_policy_history" && broken
        ? fail("busy", "Something else is at it. Try again.")
        : passOn(name, request);
    await section(user, "Roles");
    await user.click(await screen.findByRole("button", { name: "History" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/Something else is at it/);
    broken = false;
    await user.click(dialog().getByRole("button", { name: "Try again" }));
    expect(await dialog().findByText("Version 3")).toBeVisible();
  });

  test("is scrolled, left and read by the keyboard, and for everyone", async () => {
    const { user } = await history();
    await dialog().findByText("Version 3");
    expect(dialog().getByRole("region", { name: "Signed versions" })) //
      .toHaveAttribute("tabindex", "0");
    expect(await axeFindings()).toEqual([]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await waitFor(() => expect(screen.getByRole("button", { name: "History" })).toHaveFocus());
    expect(screen.getByRole("heading", { level: 1, name: "Roles" }), "no further").toBeVisible();
  });
});

describe("from the record", () => {
  async function panel(): Promise<OpenWindow> {
    const jonas = world.desks.find((one) => one.card.name === "Jonas");
    if (jonas) jonas.role = "auditor";
    world.record = sampleRecord(world);
    const opened = await openDeskOf(world, "Jonas");
    await section(opened.user, "Record");
    const rows = await screen.findAllByText("Policy signed");
    await opened.user.click(rows[0]?.closest("button, tr") ?? document.body);
    await screen.findByRole("heading", { level: 2, name: "Policy signed" });
    return opened;
  }

  test("who audits sees what a signed version changed, and goes on to all of them", async () => {
    sampleHistory(world, 2);
    const opened = await panel();
    await opened.user.click(screen.getByRole("button", { name: "What changed" }));
    await dialog().findByText("Version 3");
    expect(numbers(), "from that version on").toEqual(["Version 3", "Version 2", "Version 1"]);
    expect(asked(opened)).toEqual([{ before: 4 }]);
    await opened.user.click(dialog().getByRole("button", { name: "From the newest" }));
    await dialog().findByText("Version 5");
    expect(heads()[0], "the focus begins there").toHaveFocus();
  });

  test("closing it leaves the event open", async () => {
    const { user } = await panel();
    await user.click(screen.getByRole("button", { name: "What changed" }));
    await dialog().findByText("Version 3");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(screen.getByRole("heading", { level: 2, name: "Policy signed" })).toBeVisible();
  });
});
