import { screen, waitFor, within } from "@testing-library/svelte";
import { tick } from "svelte";
import { beforeEach, describe, expect, test } from "vitest";
import type { FixtureBackend } from "./fixture/backend";
import { sampleGroups } from "./fixture/groups";
import { sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import { sampleStatements } from "./fixture/statements";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, type OpenWindow } from "./window";

const FIELDWORK = "Fieldwork stays here";

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  sampleGroups(world);
  sampleStatements(world);
});

async function roles(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await opened.user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  await opened.user.click(within(nav).getByRole("button", { name: /^Roles/ }));
  await screen.findByRole("heading", { level: 2, name: "Policies by hand" });
  return opened;
}

const button = (name: string) => screen.getByRole("button", { name });
const dialog = () => within(screen.getByRole("dialog"));
const text = () => dialog().getByLabelText<HTMLTextAreaElement>("Policy in Cedar");
const save = () => dialog().getByRole("button", { name: "Save policy" });
const sent = (backend: FixtureBackend, name: string) =>
  backend.sent.filter((one) => one.name === name).map(({ request }) => request);
const statement = (id: string) => world.policy.byHand.find((one) => one.id === id);

async function write(): Promise<OpenWindow> {
  const opened = await roles();
  await opened.user.click(button("Write a policy…"));
  await waitFor(() => expect(text().value, "its example").toContain("forbid"));
  return opened;
}
async function edit(name = FIELDWORK): Promise<OpenWindow> {
  const opened = await roles();
  await opened.user.click(button(`Edit “${name}”`));
  await screen.findByRole("dialog");
  return opened;
}
async function type(user: OpenWindow["user"], typed: string): Promise<void> {
  await user.clear(text());
  await user.click(text());
  await user.paste(typed);
}
/** Another admin signs the moment before, as from another window. */
function meanwhile(byHand: World["policy"]["byHand"]): void {
  world.policy = { ...world.policy, version: world.policy.version + 1, savedBy: "Jonas", byHand };
}

describe("the list", () => {
  test("shows each policy's name and text, a long one folded", async () => {
    const { user } = await roles();
    const row = screen.getByRole("listitem", { name: FIELDWORK });
    const shown = () => row.querySelector("pre")?.textContent ?? "";
    expect(shown().split("\n").length, "its beginning").toBe(4);
    const more = within(row).getByRole("button", { name: "Show all of it" });
    more.focus();
    await user.keyboard("{Enter}");
    expect(shown(), "whole").toContain("!resource.local");
    expect(within(row).getByRole("button", { name: "Show less" })) //
      .toHaveAttribute("aria-expanded", "true");
    const short = within(screen.getByRole("listitem", { name: "Guests see no route" }));
    expect(short.queryByRole("button", { name: "Show all of it" }), "nothing more").toBeNull();
  });

  test("says what such policies can do, and that there are none", async () => {
    world.policy.byHand = [];
    await roles();
    expect(screen.getByText(/^Policies in Cedar\. What denies always wins/)).toBeVisible();
    expect(screen.getByText("There are none.")).toBeVisible();
  });

  test("loses one only after a question, and the focus stays near", async () => {
    const { user, backend } = await roles();
    await user.click(button(`Remove “${FIELDWORK}”`));
    await screen.findByRole("dialog", { name: `Remove policy “${FIELDWORK}”?` });
    expect(sent(backend, "remove_statement"), "not yet").toEqual([]);
    await user.click(dialog().getByRole("button", { name: "Remove policy" }));
    await waitFor(() => expect(screen.queryByRole("listitem", { name: FIELDWORK })).toBeNull());
    expect(sent(backend, "remove_statement")).toEqual([{ version: 3, id: FIELDWORK }]);
    await waitFor(() => expect(button("Write a policy…")).toHaveFocus());
  });

  test("is for everyone", async () => {
    await roles();
    expect(await axeFindings()).toEqual([]);
  });
});

describe("a new policy", () => {
  test("begins with an example about the first group, and says what it does", async () => {
    await write();
    const group = world.groups[0]?.id ?? "";
    expect(text().value).toContain("// An example: who is in “Fieldwork” uses only models");
    expect(text().value).toContain(`principal in Group::"${group}"`);
    expect(save(), "it has no name yet").toBeDisabled();
    expect(await axeFindings()).toEqual([]);
  });

  test("begins with an example about members where there is no group", async () => {
    world.groups = [];
    await write();
    expect(text().value).toContain('principal in Role::"member"');
  });

  test("is saved under its name, and stands in the list", async () => {
    const { user, backend } = await write();
    await user.type(dialog().getByLabelText("Name"), " Nights ");
    const written = text().value;
    await user.click(save());
    expect(await screen.findByRole("listitem", { name: "Nights" })).toBeVisible();
    expect(sent(backend, "save_statement")).toEqual([
      { version: 3, was: null, statement: { id: "Nights", text: written } },
    ]);
    expect(screen.queryByRole("dialog"), "done").toBeNull();
  });

  test("is not saved while it is empty", async () => {
    const { user } = await write();
    await user.type(dialog().getByLabelText("Name"), "Nights");
    expect(save()).toBeEnabled();
    await user.clear(text());
    expect(save(), "nothing to save").toBeDisabled();
    await user.type(text(), "  ");
    expect(save(), "nor with blanks").toBeDisabled();
  });

  test("takes words from a menu at the caret", async () => {
    const { user } = await write();
    await type(user, "permit (principal == , action, resource);");
    text().setSelectionRange(21, 21);
    await choose(user, dialog().getByRole("button", { name: "Insert…" }), "Mira");
    const mira = world.desks.find((one) => one.card.name === "Mira")?.card.profile;
    expect(text().value, "where the caret was").toBe(
      `permit (principal == Profile::"${mira}", action, resource);`,
    );
    await waitFor(() => expect(text(), "to write on").toHaveFocus());
    expect(text().selectionStart, "behind it").toBe(21 + `Profile::"${mira}"`.length);
  });

  test("names roles, groups, models and what is done in words", async () => {
    const { user } = await write();
    const trigger = dialog().getByRole("button", { name: "Insert…" });
    trigger.focus();
    await user.keyboard("{Enter}");
    const menu = await screen.findByRole("menu", { hidden: true });
    const entries = menu.textContent.replaceAll(/\s+/g, " ");
    for (const word of ["What is done", "Roles", "Field crew", "Groups", "Fieldwork", "Models"])
      expect(entries, "each kind under its heading").toContain(word);
    expect(entries, "no ids").not.toContain("::");
  });

  test("is left by Tab, which writes nothing into it", async () => {
    const { user } = await write();
    const before = text().value;
    text().focus();
    await user.tab();
    expect(text().value).toBe(before);
    expect(text()).not.toHaveFocus();
  });

  test("is not lost by Escape once something was written", async () => {
    const { user } = await write();
    await user.type(text(), "x");
    await user.keyboard("{Escape}");
    expect(text().value, "it is still there").toMatch(/x$/);
    await user.click(dialog().getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });
});

describe("the check", () => {
  test("says by itself, once the text rests, what Cedar says", async () => {
    const { user, backend } = await write();
    await type(user, "forbad (principal, action, resource);");
    const problem = await dialog().findByText(/^unexpected token `forbad`/, {}, { timeout: 5_000 });
    expect(problem, "as Cedar says it").toHaveAttribute("lang", "en");
    expect(problem.closest("[role=alert]"), "it is said").not.toBeNull();
    expect(text()).toHaveAttribute("aria-invalid", "true");
    expect(text(), "tied to the text").toHaveAccessibleDescription(/Cedar says: unexpected token/);
    expect(sent(backend, "check_statement").length, "not at every key").toBe(1);
    expect(await axeFindings()).toEqual([]);
  });

  test("says that a policy holds where one asks, also before it has a name", async () => {
    const { user, backend } = await write();
    await user.click(dialog().getByRole("button", { name: "Check" }));
    expect(await dialog().findByText("This policy holds.")).toBeVisible();
    expect(sent(backend, "check_statement")[0]).toMatchObject({ text: text().value });
    await user.type(text(), " ");
    expect(dialog().queryByText("This policy holds."), "not about another text").toBeNull();
  });

  test("shows only the answer about what stands there", async () => {
    const { user, backend } = await write();
    const passOn = backend.call.bind(backend);
    const held: (() => void)[] = [];
    let answered = 0;
    backend.call = async (name, request) => {
      if (name !== "check_statement") return passOn(name, request);
      await new Promise<void>((go) => held.push(go));
      const answer = await passOn(name, request);
      answered += 1;
      return answer;
    };
    await type(user, "wrong");
    await user.click(dialog().getByRole("button", { name: "Check" }));
    await type(user, "permit (principal, action, resource);");
    await user.click(dialog().getByRole("button", { name: "Check" }));
    await waitFor(() => expect(held.length).toBe(2));
    held[1]?.();
    expect(await dialog().findByText("This policy holds.")).toBeVisible();
    held[0]?.();
    await waitFor(() => expect(answered).toBe(2));
    await tick();
    expect(dialog().queryByText(/unexpected/), "the older one comes too late").toBeNull();
  });
});

describe("a policy that is changed", () => {
  test("keeps its name or gets another one", async () => {
    const { user, backend } = await edit();
    const name = dialog().getByLabelText("Name");
    expect(name).toHaveValue(FIELDWORK);
    await user.clear(name);
    await user.type(name, "Field");
    await user.click(save());
    await screen.findByRole("listitem", { name: "Field" });
    expect(sent(backend, "save_statement")).toMatchObject([
      { was: FIELDWORK, statement: { id: "Field" } },
    ]);
  });

  test("that does not hold is not saved, and nothing is lost", async () => {
    const { user } = await edit();
    await type(user, "forbad all;");
    await user.click(save());
    const alerts = await dialog().findAllByRole("alert");
    expect(alerts.map((one) => one.textContent).join(" ")).toMatch(/does not hold: unexpected/);
    expect(text()).toHaveValue("forbad all;");
    expect(statement(FIELDWORK)?.text, "as it was").toContain("!resource.local");
  });

  test("by another admin meanwhile says so, shows theirs, keeps one's own, and saves again", async () => {
    const { user, backend } = await edit();
    const theirs = "forbid (principal, action, resource) when { resource.basic };";
    meanwhile([{ id: FIELDWORK, text: theirs }]);
    const mine = "permit (principal, action, resource);";
    await type(user, mine);
    await user.click(save());
    expect(await dialog().findByText("Another admin changed this meanwhile")).toBeVisible();
    expect(text(), "nothing is lost").toHaveValue(mine);
    expect(dialog().getByText(theirs), "what would be replaced").toBeVisible();
    await user.click(save());
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(sent(backend, "save_statement")).toMatchObject([{ version: 3 }, { version: 4 }]);
    expect(statement(FIELDWORK)?.text).toBe(mine);
  });

  test("and was removed meanwhile is written anew", async () => {
    const { user, backend } = await edit();
    meanwhile([]);
    await type(user, "permit (principal, action, resource);");
    await user.click(save());
    expect(await dialog().findByText(/removed or renamed meanwhile/)).toBeVisible();
    await user.click(save());
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(sent(backend, "save_statement")).toMatchObject([{ was: FIELDWORK }, { was: null }]);
  });

  test("leaves changes of cells waiting", async () => {
    const { user } = await roles();
    const cells = screen.getAllByRole("button");
    const cell = cells.find((one) => one.getAttribute("aria-label")?.startsWith("Member, Ask"));
    await choose(user, cell ?? document.body, "Deny");
    await screen.findByText("1 change not saved.");
    await user.click(button(`Remove “${FIELDWORK}”`));
    await user.click(dialog().getByRole("button", { name: "Remove policy" }));
    await waitFor(() => expect(statement(FIELDWORK)).toBeUndefined());
    expect(screen.getByText("1 change not saved."), "they are nobody else's").toBeVisible();
    expect(
      world.policy.cells.some((one) => one.row.kind === "ask"),
      "not signed",
    ).toBe(false);
  });
});
