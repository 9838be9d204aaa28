import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import type { CellChange, CellChanges } from "../src/ipc";
import { manyModels, sampleRoles, sampleRoutes, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, inTheMorning, openDeskOf, type OpenWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });
/** The heads of two made roles. */
const TRAINEE = /^Trainee, .*: edit role$/;
const CREW = /^Field crew, .*: edit role$/;

let world: World;
let crew: string;
let trainee: string;
beforeEach(() => {
  inTheMorning();
  world = sampleWorld();
  world.routes = sampleRoutes(world);
  sampleRoles(world);
  [crew = "", trainee = ""] = world.policy.roles.map((one) => one.id);
});

async function section(user: OpenWindow["user"], name: string): Promise<void> {
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  await user.click(within(nav).getByRole("button", { name: new RegExp(`^${name}`) }));
  await screen.findByRole("heading", { level: 1, name });
}

async function roles(name = "Elena"): Promise<OpenWindow> {
  const opened = await openDeskOf(world, name);
  await opened.user.keyboard("{Control>},{/Control}");
  await section(opened.user, "Roles");
  await screen.findByRole("grid", { name: "What each role may do" });
  return opened;
}

/** A cell, by its role and row; what it says is left. */
const cell = (of: string) => {
  const name = (one: HTMLElement) => one.getAttribute("aria-label") ?? "";
  const found = screen.getAllByRole("button").find((one) => name(one).startsWith(`${of}: `));
  if (!found) throw new Error(`no cell ${of}`);
  return found;
};
const says = (of: string) => cell(of).getAttribute("aria-label")?.slice(`${of}: `.length);
const set = (user: OpenWindow["user"], of: string, entry: string) => choose(user, cell(of), entry);
const bar = () => screen.queryByRole("button", { name: "Save changes" })?.closest(".bar");

/** Another admin signs, as from another window. */
function signElsewhere(...cells: CellChange[]): void {
  const { policy } = world;
  world.policy = {
    ...policy,
    version: policy.version + 1,
    savedBy: "Jonas",
    cells: [...policy.cells, ...cells],
  };
}

describe("the matrix", () => {
  test("shows each role's answer in each row, and who gave it", async () => {
    await roles();
    const heads = screen.getAllByRole("columnheader").map((one) => one.getAttribute("aria-label"));
    expect(heads, "and how many they are").toEqual([
      "Member, 3 people",
      "Manager, nobody",
      "Auditor, nobody",
      "Field crew, 1 person",
      "Trainee, nobody",
      "Admin, 1 person",
    ]);
    expect(says("Member, Ask questions")).toBe("allowed by Carrel itself");
    expect(says("Field crew, Models in the cloud")).toBe("denied, set here");
    expect(says("Field crew, mistral-large-latest · Mistral"), "by another row").toBe(
      "denied by “Models in the cloud”",
    );
    expect(says("Admin, Own programs"), "an admin is a member").toBe("denied by Member");
    expect(says("Manager, Own programs"), "so is a manager").toBe("denied by Member");
    expect(says("Auditor, Ask questions"), "who audits asks nothing").toBe("not allowed");
    expect(says("Auditor, Seeing: Members")).toBe("allowed by Carrel itself");
    expect(says("Field crew, Own programs"), "a deny always wins").toBe(
      "allowed here, but denied by Member",
    );
    expect(says("Trainee, Ask questions"), "no member").toBe("not allowed");
    expect(says("Trainee, Seeing: Members")).toBe("allowed, set here");
    const row = within(screen.getByRole("rowheader", { name: /^Models in the cloud/ }));
    expect(row.getByText("text leaves this machine"), "what that means").toBeVisible();
    expect(screen.getByText(/^Version 3, saved by Elena · Today/)).toBeVisible();
    expect(bar(), "nothing to save").toBeUndefined();
  });

  test("says that nobody changed it", async () => {
    world.policy = { ...world.policy, version: 0, savedAt: null, savedBy: null };
    await roles();
    expect(screen.getByText(/^Nobody has changed this yet/)).toBeVisible();
  });

  test("is walked by arrow keys, with one stop for Tab", async () => {
    const { user } = await roles();
    const stops = screen.getByRole("grid").querySelectorAll("tbody [tabindex='0']");
    expect(
      [...stops].map((one) => one.getAttribute("aria-label")),
      "where it begins",
    ).toEqual(["Member, Ask questions: allowed by Carrel itself"]);
    cell("Member, Ask questions").focus();
    await user.keyboard("{ArrowRight}{ArrowDown}");
    await waitFor(() => expect(cell("Manager, Models on this machine")).toHaveFocus());
    await user.keyboard("{End}");
    await waitFor(() => expect(cell("Admin, Models on this machine")).toHaveFocus());
    await user.keyboard("{Control>}{End}{/Control}{Home}");
    await waitFor(() => expect(cell("Member, Route Careful")).toHaveFocus());
    await user.keyboard("{Shift>}{Tab}{/Shift}");
    expect(button(TRAINEE), "out of it, to its heads").toHaveFocus();
  });

  /** A provider with more models than are shown at first. */
  function openAi(): string {
    manyModels(world);
    const openai = world.providers.find((one) => one.label === "OpenAI");
    const models = [...(openai?.models ?? []), "gpt-5"];
    world.providers = world.providers.map((one) => (one === openai ? { ...one, models } : one));
    return openai?.id ?? "";
  }

  test("folds many models, and says what is set in them", async () => {
    openAi();
    const { user } = await roles();
    const fold = button("OpenAI 5 models");
    expect(fold, "at first").toHaveAttribute("aria-expanded", "false");
    expect(screen.queryByText("gpt-4.1-mini")).toBeNull();
    cell("Field crew, All models of OpenAI").focus();
    await user.keyboard("{ArrowUp}");
    await waitFor(() => expect(fold, "by arrow").toHaveFocus());
    await user.keyboard("{Enter}{ArrowDown}{ArrowDown}");
    await waitFor(() => expect(cell("Field crew, gpt-4.1 · OpenAI"), "its column").toHaveFocus());
    await set(user, "Field crew, gpt-4.1 · OpenAI", "Deny");
    await user.click(fold);
    expect(button("OpenAI 5 models, cells set there: 1"), "nothing is hidden").toBeVisible();
  });

  test("shows many models at first where one of them is set", async () => {
    const model = { provider: openAi(), model: "o3" };
    world.policy.cells.push({ role: crew, row: { kind: "model", model }, stance: "allow" });
    await roles();
    expect(button("OpenAI 5 models")).toHaveAttribute("aria-expanded", "true");
    expect(says("Field crew, o3 · OpenAI"), "it decides").toBe(
      "allowed here, but denied by “Models in the cloud”",
    );
  });
});

describe("a change", () => {
  test("waits, shows what it would come to, and is saved with the others", async () => {
    const { user, backend } = await roles();
    await set(user, "Member, All routes", "Deny");
    await waitFor(() => expect(says("Admin, All routes")).toBe("denied by Member"));
    expect(says("Member, All routes"), "marked").toBe("denied, set here, not saved");
    expect(says("Field crew, Route Everyday"), "wherever it reaches").toBe(
      "denied by Member, “All routes”",
    );
    await set(user, "Trainee, Ask questions", "Allow");
    await waitFor(() =>
      expect(bar(), "how many, and whom").toHaveTextContent(
        /^2 changes not saved. 5 people may do more or less \(Member, Manager, Field crew, Trainee, and Admin\)./,
      ),
    );
    expect(world.policy.version, "nothing is signed").toBe(3);
    await user.click(button("Save changes"));
    await waitFor(() => expect(bar()).toBeUndefined());
    expect(cell("Trainee, Ask questions"), "the focus is not lost").toHaveFocus();
    expect(says("Trainee, Ask questions")).toBe("allowed, set here");
    const sent = backend.sent.findLast(({ name }) => name === "write_cells")?.request;
    expect(sent, "each cell once").toEqual({
      version: 3,
      changes: [
        { role: "member", row: { kind: "routes" }, stance: "deny" },
        { role: trainee, row: { kind: "ask" }, stance: "allow" },
      ],
    } satisfies CellChanges);
    expect(screen.getByText(/^Version 4, saved by Elena/)).toBeVisible();
  });

  test("that says again what is signed is none", async () => {
    const { user } = await roles();
    await set(user, "Field crew, Models in the cloud", "Inherit");
    await waitFor(() => expect(bar()).toHaveTextContent(/^1 change not saved. 1 person/));
    expect(says("Field crew, Models in the cloud")).toBe("allowed by Carrel itself, not saved");
    await set(user, "Field crew, Models in the cloud", "Deny");
    await waitFor(() => expect(bar()).toBeUndefined());
  });

  test("is discarded at once", async () => {
    const { user } = await roles();
    await set(user, "Member, Ask questions", "Deny");
    await waitFor(() => expect(says("Admin, Ask questions")).toBe("denied by Member"));
    await user.click(button("Discard"));
    expect(says("Admin, Ask questions"), "as it was").toBe("allowed by Carrel itself");
    expect(bar()).toBeUndefined();
    await waitFor(() => expect(cell("Member, Ask questions")).toHaveFocus());
  });

  test("is told beforehand what inheriting would mean", async () => {
    const { user } = await roles();
    cell("Field crew, Own programs").focus();
    await user.keyboard("{Enter}");
    const menu = await screen.findByRole("menu", { hidden: true });
    await waitFor(() => expect(menu).toHaveTextContent(/Inherit\s*denied by Member/));
    const chosen = [...menu.querySelectorAll("[aria-checked=true]")];
    expect(
      chosen.map((one) => one.textContent.trim()),
      "what it says now",
    ).toEqual(["Allow"]);
    await user.keyboard("{Escape}");
    await waitFor(() => expect(cell("Field crew, Own programs")).toHaveFocus());
  });

  test("waits while another section is open, where that can be seen", async () => {
    const { user } = await roles();
    await set(user, "Member, Ask questions", "Deny");
    await section(user, "Members");
    expect(await screen.findByText("Changes to roles not saved"), "said").toBeVisible();
    const nav = screen.getByRole("navigation", { name: "Settings" });
    expect(within(nav).getByRole("button", { name: "Roles (changes not saved)" })).toBeVisible();
    await user.click(button("Back to my desk"));
    await waitFor(() => expect(screen.queryByRole("navigation", { name: "Settings" })).toBeNull());
    await user.click(screen.getAllByRole("button", { name: "Back to Roles" })[0] ?? document.body);
    await waitFor(() => expect(says("Member, Ask questions")).toBe("denied, set here, not saved"));
  });

  test("is put on top of what another admin signed meanwhile, and that is told", async () => {
    const { user } = await roles();
    await set(user, "Member, Ask questions", "Deny");
    await set(user, "Trainee, Ask questions", "Allow");
    await waitFor(() => expect(bar()).toHaveTextContent(/^2 changes/));
    signElsewhere({ role: "member", row: { kind: "instructions" }, stance: "deny" });
    world.policy.roles = world.policy.roles.filter((one) => one.name !== "Trainee");
    await user.click(button("Save changes"));
    const told = await screen.findByRole("alert");
    expect(told).toHaveTextContent("Jonas saved changes meanwhile");
    expect(told, "one was about a role that is gone").toHaveTextContent(/Without a place.*: 1\./);
    expect(says("Member, Own instructions"), "theirs").toBe("denied, set here");
    expect(says("Member, Ask questions"), "mine").toBe("denied, set here, not saved");
    expect(screen.queryByText("An answer is still being written"), "not that").toBeNull();
    await user.click(button("Save changes"));
    await waitFor(() => expect(bar()).toBeUndefined());
    expect(screen.queryByRole("alert"), "settled").toBeNull();
    expect(world.policy.version, "on theirs").toBe(5);
  });

  test("that cannot be signed stays, and the core says why", async () => {
    const { user, backend } = await roles();
    await set(user, "Member, Ask questions", "Deny");
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) =>
      name === "write_cells"
        ? Promise.reject(new Error("the disk is gone"))
        : passOn(name, request);
    await user.click(button("Save changes"));
    expect(await screen.findByRole("alert")).toHaveTextContent("The disk is gone.");
    expect(bar(), "nothing is lost").toHaveTextContent(/^1 change not saved/);
  });
});

describe("a role", () => {
  const dialog = async (name: string) => within(await screen.findByRole("dialog", { name }));

  test("is made, and stands as a column", async () => {
    const { user } = await roles();
    await user.click(button("New role"));
    const form = await dialog("New role");
    await user.click(form.getByRole("button", { name: "Make role" }));
    expect(form.getByText("Give the role a name."), "nothing is sent yet").toBeVisible();
    await user.type(form.getByLabelText("Name"), "field CREW");
    await user.click(form.getByRole("checkbox", { name: "May do what members may" }));
    await user.click(form.getByRole("button", { name: "Make role" }));
    expect(await form.findByText(/Another role has this name/), "the core's word").toBeVisible();
    await user.clear(form.getByLabelText("Name"));
    await user.type(form.getByLabelText("Name"), "Night shift");
    await user.click(form.getByRole("button", { name: "Make role" }));
    await screen.findByRole("columnheader", { name: "Night shift, nobody" });
    expect(says("Night shift, Ask questions"), "no member").toBe("not allowed");
  });

  test("is renamed and made like Member, while changes wait", async () => {
    const { user } = await roles();
    await set(user, "Trainee, Ask questions", "Deny");
    await user.click(button(TRAINEE));
    const form = await dialog("Edit role “Trainee”");
    await user.clear(form.getByLabelText("Name"));
    await user.type(form.getByLabelText("Name"), "Examiner");
    await user.click(form.getByRole("checkbox", { name: "May do what members may" }));
    await user.click(form.getByRole("button", { name: "Save role" }));
    await screen.findByRole("columnheader", { name: "Examiner, nobody" });
    expect(says("Examiner, All routes"), "like a member").toBe("allowed by Carrel itself");
    expect(says("Examiner, Ask questions"), "still waiting").toBe("denied, set here, not saved");
  });

  test("that another admin was quicker to change is looked at again first", async () => {
    const { user } = await roles();
    await user.click(button(TRAINEE));
    const form = await dialog("Edit role “Trainee”");
    signElsewhere();
    await user.type(form.getByLabelText("Name"), "s");
    await user.click(form.getByRole("button", { name: "Save role" }));
    const told = await form.findByRole("alert");
    expect(told).toHaveTextContent("Another admin saved changes meanwhile");
    await user.click(form.getByRole("button", { name: "Save role" }));
    await screen.findByRole("columnheader", { name: "Trainees, nobody" });
  });

  test("is removed only where nobody has it", async () => {
    const { user } = await roles();
    await user.click(button(CREW));
    const used = await dialog("Edit role “Field crew”");
    expect(used.getByText(/^1 person has this role/), "why not").toBeVisible();
    expect(used.queryByRole("button", { name: "Remove role…" })).toBeNull();
    await user.click(used.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(button(TRAINEE));
    const unused = await dialog("Edit role “Trainee”");
    await user.click(unused.getByRole("button", { name: "Remove role…" }));
    const sure = await dialog("Remove role “Trainee”?");
    await user.click(sure.getByRole("button", { name: "Remove role" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(screen.queryByRole("columnheader", { name: /^Trainee/ })).toBeNull();
    expect(
      world.policy.cells.map((one) => one.role),
      "its cells too",
    ).not.toContain(undefined);
  });

  test("stands with members, in invitations and in limits by its name", async () => {
    const { user, backend } = await roles();
    await section(user, "Members");
    expect(await screen.findByText("Field crew"), "Priya's").toBeVisible();
    await choose(user, button("More about Jonas"), "Change role");
    const change = await dialog("Another role for Jonas?");
    await user.click(change.getByRole("radio", { name: "Field crew" }));
    await user.click(change.getByRole("button", { name: "Change role" }));
    await waitFor(() => expect(screen.getAllByText("Field crew")).toHaveLength(2));
    await user.click(button("Invite someone"));
    const invite = await dialog("Invite someone?");
    await user.click(invite.getByRole("radio", { name: "Trainee" }));
    await user.click(invite.getByRole("button", { name: "Make a key" }));
    await user.click(await screen.findByRole("button", { name: "I have handed it over" }));
    expect(await screen.findByText(/^Trainee, valid until/), "as invited").toBeVisible();
    await section(user, "Models and providers");
    await user.click(await screen.findByRole("button", { name: "Add a limit" }));
    const limit = await dialog("Add a limit");
    await choose(user, limit.getByLabelText(/^For whom/), "All with the role Field crew", "option");
    await user.type(limit.getByLabelText("How much"), "5");
    await user.click(limit.getByRole("button", { name: /^Add/ }));
    await waitFor(() =>
      expect(backend.world.limits.limits.map((one) => one.limit.scope)).toEqual([
        { kind: "role", role: crew },
      ]),
    );
    expect(await screen.findByText(/^All with the role Field crew: \$5/)).toBeVisible();
  });

  test("that comes with Carrel is given and invited with what it means", async () => {
    const { user, backend } = await roles();
    await section(user, "Members");
    await choose(
      user,
      await screen.findByRole("button", { name: "More about Jonas" }),
      "Change role",
    );
    const change = await dialog("Another role for Jonas?");
    const radios = change.getAllByRole("radio").map((one) => one.closest("label")?.textContent);
    expect(
      radios.map((one) => one?.trim().split(/\s{2,}/)[0]),
      "in the order of the matrix",
    ).toEqual([
      expect.stringMatching(/^Member/),
      "Manager",
      "Auditor",
      "Field crew",
      "Trainee",
      "Admin",
    ]);
    const manager = change.getByRole("radio", { name: "Manager" });
    expect(manager).toHaveAccessibleDescription(/sees how much the groups they are in use/);
    await user.click(manager);
    await user.click(change.getByRole("button", { name: "Change role" }));
    expect(await screen.findByText("Manager"), "in his row").toBeVisible();
    await user.click(button("Invite someone"));
    const invite = await dialog("Invite someone?");
    const audits = invite.getByRole("radio", { name: "Auditor" });
    expect(audits).toHaveAccessibleDescription(/^Reads the record.*Asks no model/);
    await user.click(audits);
    await user.click(invite.getByRole("button", { name: "Make a key" }));
    await user.click(await screen.findByRole("button", { name: "I have handed it over" }));
    expect(await screen.findByText(/^Auditor, valid until/), "as invited").toBeVisible();
    const sent = backend.sent.filter(({ name }) => name === "assign_role" || name === "invite");
    const jonas = world.desks.find((one) => one.card.name === "Jonas")?.card.profile;
    expect(sent.map(({ request }) => request)).toEqual([
      { member: jonas, role: "manager" },
      { role: "auditor" },
    ]);
  });

  test("is no section for members", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>},{/Control}");
    const nav = await screen.findByRole("navigation", { name: "Settings" });
    expect(within(nav).queryByRole("button", { name: "Roles" })).toBeNull();
  });
});

describe("axe finds nothing", () => {
  test("in the matrix, with a change and with policies by hand", async () => {
    world.policy.byHand = [{ id: "Night", text: "permit (principal, action, resource);" }];
    const { user } = await roles();
    await set(user, "Member, Ask questions", "Deny");
    expect(await axeFindings()).toEqual([]);
  });

  test("in a cell's menu", async () => {
    const { user } = await roles();
    cell("Field crew, Own programs").focus();
    await user.keyboard("{Enter}");
    await screen.findByRole("menu", { hidden: true });
    expect(await axeFindings()).toEqual([]);
  });

  test("where a role is changed", async () => {
    const { user } = await roles();
    await user.click(button(TRAINEE));
    await screen.findByRole("dialog");
    expect(await axeFindings()).toEqual([]);
  });
});
