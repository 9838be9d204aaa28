/** Groups of people, as an admin makes, changes and removes them among the members. */
import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import type { DeskState, Limit } from "../src/ipc";
import { FixtureBackend } from "./fixture/backend";
import { sampleGroups } from "./fixture/groups";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf, openWindowOf, type OpenWindow } from "./window";

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

const button = (name: string) => screen.findByRole("button", { name });
const dialog = async (name: string) => within(await screen.findByRole("dialog", { name }));
const gone = () => waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
const profileOf = (name: string) =>
  world.desks.find((one) => one.card.name === name)?.card.profile ?? "";
const sentAs = ({ backend }: OpenWindow, name: string) =>
  backend.sent.filter((one) => one.name === name).map((one) => one.request);

async function toMembers({ user }: OpenWindow): Promise<void> {
  await user.keyboard("{Control>},{/Control}");
  const nav = within(await screen.findByRole("navigation", { name: "Settings" }));
  await user.click(nav.getByRole("button", { name: /^Members/ }));
  await screen.findByText("Jonas");
}
async function members(): Promise<OpenWindow> {
  const opened = await openDeskOf(world, "Elena");
  await toMembers(opened);
  return opened;
}
/** Each group with how many are in it. */
const listed = () =>
  within(screen.getByRole("list", { name: "Groups" }))
    .getAllByRole("listitem")
    .map((row) => [
      row.querySelector(".name")?.textContent,
      row.querySelector(".count")?.textContent,
    ]);

describe("a group", () => {
  test("is made by keyboard of those who are ticked, and stands with each of them", async () => {
    const opened = await members();
    const { user } = opened;
    expect(screen.getByText("There are no groups yet."), "at first").toBeVisible();
    expect(screen.getByText(/share a limit, and managers see/), "what for").toBeVisible();
    (await button("New group")).focus();
    await user.keyboard("{Enter}");
    const form = await dialog("New group");
    expect(form.getByLabelText("Name"), "where it begins").toHaveFocus();
    await user.keyboard(" Night shift ");
    form.getByRole("checkbox", { name: "Mira" }).focus();
    await user.keyboard(" ");
    form.getByRole("checkbox", { name: "Jonas" }).focus();
    await user.keyboard(" ");
    expect(form.getByText("2 people are chosen."), "said").toBeVisible();
    await user.click(form.getByRole("button", { name: "Make group" }));
    await gone();
    expect(sentAs(opened, "save_group"), "what was typed and ticked").toEqual([
      { id: null, name: "Night shift", members: [profileOf("Mira"), profileOf("Jonas")] },
    ]);
    expect(listed()).toEqual([["Night shift", "2 people"]]);
    const tags = within(screen.getByRole("list", { name: "Groups of Mira" }));
    expect(tags.getByText("Night shift"), "in her row").toBeVisible();
    expect(screen.queryByRole("list", { name: "Groups of Priya" }), "not of others").toBeNull();
    expect(screen.getByText("Group “Night shift” made"), "done").toBeVisible();
  });

  test("is changed, and a search among the people unticks nobody and saves nothing", async () => {
    sampleGroups(world);
    const opened = await members();
    const { user } = opened;
    await user.click(await button("Change group Fieldwork"));
    const form = await dialog("Change group “Fieldwork”");
    await user.type(form.getByLabelText("Find a member"), "jo{Enter}");
    const names = () =>
      form.getAllByRole("checkbox").map((one) => one.closest("label")?.textContent);
    expect(
      names().map((one) => one?.trim()),
      "who is called so",
    ).toEqual(["J Jonas"]);
    expect(sentAs(opened, "save_group"), "Enter only searches").toEqual([]);
    await user.click(form.getByRole("checkbox", { name: "Jonas" }));
    await user.type(form.getByLabelText("Find a member"), "x");
    expect(form.getByText("Nobody is called that."), "nobody").toBeVisible();
    await user.clear(form.getByLabelText("Find a member"));
    await user.click(form.getByRole("checkbox", { name: "Priya" }));
    await user.type(form.getByLabelText("Name"), " crew{Enter}");
    await gone();
    expect(sentAs(opened, "save_group"), "the same group").toEqual([
      {
        id: world.groups[0]?.id,
        name: "Fieldwork crew",
        members: ["Mira", "Felix", "Jonas"].map(profileOf),
      },
    ]);
    expect(listed()).toEqual([
      ["Fieldwork crew", "3 people"],
      ["Office", "3 people"],
    ]);
  });

  test("needs a name that no other has, and says so in the dialog", async () => {
    sampleGroups(world);
    const opened = await members();
    const { user } = opened;
    await user.click(await button("New group"));
    const form = await dialog("New group");
    await user.click(form.getByRole("button", { name: "Make group" }));
    expect(form.getByText("Give the group a name."), "none").toBeVisible();
    expect(sentAs(opened, "save_group"), "nothing is sent").toEqual([]);
    await user.type(form.getByLabelText("Name"), "OFFICE{Enter}");
    const told = await form.findByRole("alert");
    expect(told, "the core's word").toHaveTextContent("Another one has this name already.");
    expect(world.groups, "nothing was made").toHaveLength(2);
  });

  test("is removed once that is confirmed", async () => {
    sampleGroups(world);
    const id = world.groups[1]?.id;
    const opened = await members();
    await opened.user.click(await button("Remove group Office"));
    const sure = await dialog("Remove group “Office”?");
    expect(sure.getByText(/^Its people stay in the workspace/), "what it means").toBeVisible();
    expect(world.groups, "not before").toHaveLength(2);
    await opened.user.click(sure.getByRole("button", { name: "Remove group" }));
    await gone();
    expect(sentAs(opened, "remove_group")).toEqual([{ id }]);
    expect(listed().map(([name]) => name)).toEqual(["Fieldwork"]);
  });

  test("that a limit is about stays, and the dialog says why", async () => {
    sampleGroups(world);
    const [fieldwork] = world.groups;
    const limit: Limit = {
      scope: { kind: "group", group: fieldwork?.id ?? "" },
      measure: { kind: "requests", span: "day" },
      most: 20,
    };
    world.limits.limits = [
      { limit, held: 0, spent: 0, ends: world.now(), warned: null, pool: null },
    ];
    const { user } = await members();
    await user.click(await button("Remove group Fieldwork"));
    const sure = await dialog("Remove group “Fieldwork”?");
    await user.click(sure.getByRole("button", { name: "Remove group" }));
    expect(await sure.findByRole("alert"), "in the dialog").toHaveTextContent(
      "A limit is about this group. Remove the limit first.",
    );
    await user.click(sure.getByRole("button", { name: "Cancel" }));
    await gone();
    expect(listed().map(([name]) => name)).toEqual(["Fieldwork", "Office"]);
  });
});

test("who may not change groups sees nothing of them and asks for none", async () => {
  sampleGroups(world);
  world.open = world.desks[0] ?? null;
  const backend = new FixtureBackend(world);
  const passOn = backend.call.bind(backend);
  backend.call = async (name, request) => {
    const answer = await passOn(name, request);
    if (name !== "desk_state") return answer;
    const state = answer as DeskState;
    return { ...state, may: state.may.filter((one) => one !== "group.manage") };
  };
  const opened = await openWindowOf(backend);
  await screen.findByRole("button", { name: /^Elena.*desk menu/i });
  await toMembers(opened);
  expect(screen.getByText("Open invitations"), "all else is there").toBeVisible();
  expect(screen.queryByRole("heading", { name: "Groups" }), "no card").toBeNull();
  expect(screen.queryByText("Fieldwork"), "no tag").toBeNull();
  expect(sentAs(opened, "list_groups")).toEqual([]);
});

test("groups and their dialogs are for everyone", async () => {
  sampleGroups(world);
  const { user } = await members();
  expect(await axeFindings(), "the card").toEqual([]);
  await user.click(await button("Change group Office"));
  await dialog("Change group “Office”");
  expect(await axeFindings(), "the dialog").toEqual([]);
  await user.keyboard("{Escape}");
  await gone();
  await user.click(await button("Remove group Office"));
  await dialog("Remove group “Office”?");
  expect(await axeFindings(), "the question").toEqual([]);
});
