import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { FixtureBackend } from "./fixture/backend";
import { sampleAdmins } from "./fixture/members";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, type OpenWindow } from "./window";

let world: World;
beforeEach(() => {
  world = sampleWorld();
  sampleAdmins(world);
});

const desk = (name: string) => {
  const found = world.desks.find((one) => one.card.name === name);
  if (!found) throw new Error(`no desk of ${name}`);
  return found;
};
const idOf = (name: string) => desk(name).card.profile;
const proposed = (member: string, wanted: "admin" | "erasure", by: string) => {
  world.proposals = [{ member: idOf(member), wanted, by: idOf(by), at: world.now() - 1_000 }];
};

const nav = () => screen.getByRole("navigation", { name: "Settings" });
const cards = () => screen.queryAllByRole("article");
const card = (of: string) => within(screen.getByRole("article", { name: of }));
const button = (name: string) => screen.getByRole("button", { name });
const MAKE_MIRA = "Tom proposes to make Mira an admin.";
const ERASE_FELIX = "You propose to erase Felix’s desk.";

async function members(name = "Elena"): Promise<OpenWindow> {
  const opened = await openDeskOf(world, name);
  await opened.user.keyboard("{Control>},{/Control}");
  await screen.findByRole("navigation", { name: "Settings" });
  within(nav())
    .getByRole("button", { name: /^Members/ })
    .click();
  await screen.findByRole("button", { name: "Invite someone" });
  await screen.findByText("Priya");
  return opened;
}

const sent = ({ backend }: OpenWindow, ...names: string[]) =>
  backend.sent
    .filter(({ name }) => names.includes(name))
    .map(({ name, request }) => [name, request]);
const DONE = ["propose", "withdraw_proposal", "assign_role", "set_disabled", "erase_member"];

async function change(user: OpenWindow["user"], name: string, entry: string) {
  await choose(user, button(`More about ${name}`), entry);
  return within(await screen.findByRole("dialog"));
}

/** Fails one command the way another admin's work makes it fail. */
function meanwhile(backend: FixtureBackend, command: string, work: () => void): void {
  const passOn = backend.call.bind(backend);
  backend.call = async (name, request) => {
    if (name === command) work();
    return passOn(name, request);
  };
}

describe("what is proposed", () => {
  test("stands above the members: who, what, until when, and what one can do", async () => {
    await members();
    await waitFor(() => expect(cards().length, "each").toBe(2));
    const theirs = screen.getByRole("article", { name: MAKE_MIRA });
    expect(theirs).toHaveTextContent(/Proposed yesterday\. Can be signed until \w+day, [\d:]+.*\./);
    const of = (root: HTMLElement) =>
      within(root)
        .getAllByRole("button")
        .map((one) => one.textContent.trim());
    expect(of(theirs), "another's").toEqual(["Decline", "Sign: make Mira an admin"]);
    const mine = screen.getByRole("article", { name: ERASE_FELIX });
    expect(mine).toHaveTextContent("Waits for another admin.");
    expect(of(mine), "nobody signs their own").toEqual(["Withdraw"]);
  });

  test("is tagged in the member's row", async () => {
    await members();
    const row = (name: string) => button(`More about ${name}`).closest("tr");
    expect(row("Mira")).toHaveTextContent("Proposed as admin");
    expect(row("Felix")).toHaveTextContent("Erasure proposed");
    expect(row("Priya")).not.toHaveTextContent(/proposed/i);
  });

  test("of others is counted beside Members, one's own is not", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await user.keyboard("{Control>},{/Control}");
    await screen.findByRole("navigation", { name: "Settings" });
    await waitFor(() =>
      expect(within(nav()).getByRole("button", { name: "Members (1 to decide)" })).toBeVisible(),
    );
  });

  test("about oneself is to be declined, not signed", async () => {
    proposed("Elena", "erasure", "Tom");
    const opened = await members();
    const about = card("Tom proposes to erase your desk.");
    expect(about.getAllByRole("button").length, "no way to sign").toBe(1);
    await opened.user.click(about.getByRole("button", { name: /^Decline: Tom proposes/ }));
    await waitFor(() => expect(cards()).toEqual([]));
    expect(sent(opened, ...DONE)).toEqual([["withdraw_proposal", { member: idOf("Elena") }]]);
  });

  test("takes no room where there is nothing", async () => {
    world.proposals = [];
    await members();
    expect(screen.queryByRole("heading", { name: "Proposals of admins" })).toBeNull();
  });

  test("is for everyone", async () => {
    await members();
    expect(await axeFindings()).toEqual([]);
  });
});

describe("from its card", () => {
  test("a proposal is signed by the keyboard, which makes the admin", async () => {
    const opened = await members();
    card(MAKE_MIRA).getByRole("button", { name: "Sign: make Mira an admin" }).focus();
    await opened.user.keyboard("{Enter}");
    await screen.findByText("Mira is an admin now");
    expect(sent(opened, ...DONE)).toEqual([
      ["assign_role", { member: idOf("Mira"), role: "admin" }],
    ]);
    expect(screen.queryByRole("article", { name: MAKE_MIRA }), "it is done").toBeNull();
    expect(screen.getByRole("article", { name: ERASE_FELIX }), "the next one").toHaveFocus();
    expect(within(nav()).getByRole("button", { name: "Members" }), "at once").toBeVisible();
  });

  test("a proposal of another is declined", async () => {
    const opened = await members();
    await opened.user.click(card(MAKE_MIRA).getByRole("button", { name: /^Decline/ }));
    await screen.findByText("Proposal about Mira declined");
    expect(sent(opened, ...DONE)).toEqual([["withdraw_proposal", { member: idOf("Mira") }]]);
    expect(desk("Mira").role, "nothing else").toBe("member");
  });

  test("one's own is withdrawn", async () => {
    const opened = await members();
    await opened.user.click(card(ERASE_FELIX).getByRole("button", { name: /^Withdraw/ }));
    await screen.findByText("Proposal about Felix withdrawn");
    expect(world.proposals.map((one) => one.member)).toEqual([idOf("Mira")]);
  });

  test("a disabled admin is let in by a second signature", async () => {
    desk("Felix").role = "admin";
    proposed("Felix", "admin", "Tom");
    const opened = await members();
    const about = card("Tom proposes to let Felix in again, who is an admin.");
    await opened.user.click(about.getByRole("button", { name: "Sign: let Felix in again" }));
    await screen.findByText("Felix may enter again");
    expect(sent(opened, ...DONE)).toEqual([
      ["set_disabled", { member: idOf("Felix"), disabled: false }],
    ]);
  });

  test("an erasure is signed only with the name typed", async () => {
    const opened = await members("Tom");
    const { user } = opened;
    const about = card("Elena proposes to erase Felix’s desk.");
    await user.click(about.getByRole("button", { name: "Sign the erasure…" }));
    const dialog = within(await screen.findByRole("dialog", { name: "Erase Felix’s desk?" }));
    expect(dialog.getByText(/^Elena proposed this/)).toBeVisible();
    const erase = dialog.getByRole("button", { name: "Sign and erase the desk" });
    expect(erase, "not yet").toBeDisabled();
    await user.type(dialog.getByLabelText("Type Felix to go on"), "Felix");
    expect(await axeFindings(), "the dialog is for everyone").toEqual([]);
    const felix = idOf("Felix");
    await user.click(erase);
    await screen.findByText("The desk of Felix is erased");
    expect(sent(opened, ...DONE)).toEqual([
      ["erase_member", { member: felix, typed_name: "Felix" }],
    ]);
    expect(screen.queryByRole("button", { name: "More about Felix" })).toBeNull();
  });

  test("a signature that comes too late says so, and the list is read again", async () => {
    const opened = await members();
    meanwhile(opened.backend, "assign_role", () => (world.proposals = []));
    const sign = card(MAKE_MIRA).getByRole("button", { name: "Sign: make Mira an admin" });
    await opened.user.click(sign);
    expect(await screen.findByRole("alert")).toHaveTextContent(/needs two of them/);
    expect(cards(), "it is gone").toEqual([]);
    expect(desk("Mira").role, "nothing came of it").toBe("member");
  });
});

describe("another role", () => {
  test("Admin is proposed where there are several, with one sentence about it", async () => {
    const opened = await members();
    const dialog = await change(opened.user, "Priya", "Change role");
    await opened.user.click(dialog.getByRole("radio", { name: "Admin" }));
    expect(dialog.getByText(/another one has to sign this within seven days/)).toBeVisible();
    expect(dialog.queryByRole("button", { name: "Change role" }), "not alone").toBeNull();
    expect(await axeFindings(), "the dialog is for everyone").toEqual([]);
    await opened.user.click(dialog.getByRole("button", { name: "Propose" }));
    await screen.findByText("Proposed to the other admins");
    expect(sent(opened, ...DONE)).toEqual([
      ["propose", { member: idOf("Priya"), wanted: "admin" }],
    ]);
    expect(card("You propose to make Priya an admin.").getByText("Waits for another admin.")) //
      .toBeVisible();
    const lists = sent(opened, "list_members").length;
    expect(lists, "the answer is the list").toBe(1);
  });

  test("Admin is signed where another admin proposed it", async () => {
    const opened = await members();
    const dialog = await change(opened.user, "Mira", "Change role");
    await opened.user.click(dialog.getByRole("radio", { name: "Admin" }));
    expect(dialog.getByText("Tom proposed this. With your signature it is done.")).toBeVisible();
    await opened.user.click(dialog.getByRole("button", { name: "Sign and make admin" }));
    await waitFor(() => expect(desk("Mira").role).toBe("admin"));
  });

  test("Admin waits where one proposed it oneself", async () => {
    proposed("Mira", "admin", "Elena");
    const { user } = await members();
    const dialog = await change(user, "Mira", "Change role");
    await user.click(dialog.getByRole("radio", { name: "Admin" }));
    expect(dialog.getByText(/It waits for another admin until/), "why not").toBeVisible();
    expect(dialog.getByRole("button", { name: "Propose" })).toBeDisabled();
  });

  test("takes one signature where it makes no admin more", async () => {
    const opened = await members();
    const dialog = await change(opened.user, "Tom", "Change role");
    await opened.user.click(dialog.getByRole("radio", { name: "Member" }));
    await opened.user.click(dialog.getByRole("button", { name: "Change role" }));
    await waitFor(() => expect(desk("Tom").role, "taken by one").toBe("member"));
  });

  test("takes one signature where there is one admin", async () => {
    desk("Tom").role = "member";
    world.proposals = [];
    const opened = await members();
    const dialog = await change(opened.user, "Priya", "Change role");
    await opened.user.click(dialog.getByRole("radio", { name: "Admin" }));
    await opened.user.click(dialog.getByRole("button", { name: "Change role" }));
    await waitFor(() => expect(desk("Priya").role).toBe("admin"));
  });

  test("that another admin proposed the moment before is offered to be signed", async () => {
    world.proposals = [];
    const opened = await members();
    meanwhile(opened.backend, "propose", () => proposed("Priya", "admin", "Tom"));
    const dialog = await change(opened.user, "Priya", "Change role");
    await opened.user.click(dialog.getByRole("radio", { name: "Admin" }));
    await opened.user.click(dialog.getByRole("button", { name: "Propose" }));
    expect(await dialog.findByRole("alert")).toHaveTextContent(/proposed this already/);
    expect(dialog.getByRole("radio", { name: "Admin" }), "nothing is lost").toBeChecked();
    expect(dialog.getByRole("button", { name: "Sign and make admin" })).toBeEnabled();
  });
});

describe("letting in again", () => {
  test("an admin is proposed where there are several", async () => {
    desk("Felix").role = "admin";
    world.proposals = [];
    const opened = await members();
    await opened.user.click(button("Let in again"));
    const dialog = within(await screen.findByRole("dialog", { name: "Let Felix in again?" }));
    await opened.user.click(dialog.getByRole("button", { name: "Propose" }));
    await screen.findByText("Proposed to the other admins");
    expect(desk("Felix").card.disabled, "not yet").toBe(true);
    expect(sent(opened, ...DONE)).toEqual([
      ["propose", { member: idOf("Felix"), wanted: "admin" }],
    ]);
  });

  test("a member takes one signature", async () => {
    const { user } = await members();
    await user.click(button("Let in again"));
    await waitFor(() => expect(desk("Felix").card.disabled).toBe(false));
  });
});

test("an erasure is proposed without typing the name", async () => {
  const opened = await members();
  const dialog = await change(opened.user, "Priya", "Erase the desk");
  expect(dialog.queryByRole("textbox"), "that comes with the signature").toBeNull();
  await opened.user.click(dialog.getByRole("button", { name: "Propose" }));
  await screen.findByRole("article", { name: "You propose to erase Priya’s desk." });
  expect(sent(opened, ...DONE)).toEqual([
    ["propose", { member: idOf("Priya"), wanted: "erasure" }],
  ]);
  expect(desk("Priya"), "nothing is erased").toBeDefined();
});

test("a proposal that takes another's place says so", async () => {
  const { user } = await members();
  const dialog = await change(user, "Mira", "Erase the desk");
  expect(dialog.getByText(/takes the place of what is proposed about Mira now/)).toBeVisible();
});

test("nobody is invited as an admin where there are several, and it says why", async () => {
  const { user } = await members();
  await user.click(button("Invite someone"));
  const dialog = within(await screen.findByRole("dialog"));
  expect(dialog.queryByRole("radio", { name: "Admin" })).toBeNull();
  expect(dialog.getByText(/two admins then make them an admin/)).toBeVisible();
  expect(await axeFindings()).toEqual([]);
});
