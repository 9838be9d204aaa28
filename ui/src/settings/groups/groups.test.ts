import { expect, test } from "vitest";
import { spoken } from "../../i18n";
import type { GroupView, MemberView } from "../../ipc";
import { chosenText, foundIn, groupsOf, peopleOf } from "./groups";

const member = (profile: string, name: string, erased = false): MemberView => ({
  profile,
  name,
  avatar: 1,
  role: "member",
  disabled: false,
  erased,
  is_me: false,
  proposal: null,
});
const MEMBERS = [member("m1", "Élena"), member("m2", "Jonas"), member("m3", "", true)];
const group = (id: string, ...members: string[]): GroupView => ({ id, name: id, members });
const GROUPS = [group("field", "m1", "m2"), group("office", "m2"), group("empty")];

test("a member's groups are those that they are in, in their order", () => {
  const names = ({ profile }: MemberView) => groupsOf(GROUPS, { profile }).map((one) => one.id);
  expect(MEMBERS.map(names)).toEqual([["field"], ["field", "office"], []]);
});

test("a group shows those of its people who are here, in the order of the members", () => {
  const shown = peopleOf({ members: ["m2", "gone", "m1"] }, MEMBERS);
  expect(shown.map((one) => one.name)).toEqual(["Élena", "Jonas"]);
});

test.each([
  ["", ["Élena", "Jonas"]],
  [" jon ", ["Jonas"]],
  ["ÉL", ["Élena"]],
  ["noor", []],
])("a search for “%s” finds by name, and nobody who was erased", (typed, names) => {
  expect(foundIn(MEMBERS, typed).map((one) => one.name)).toEqual(names);
});

test("how many are chosen is said as people say it, in both languages", () => {
  const said = () => [0, 1, 12].map(chosenText);
  expect(said()).toEqual(["Nobody is chosen.", "1 person is chosen.", "12 people are chosen."]);
  spoken.choose("de");
  expect(said()).toEqual([
    "Niemand ist ausgewählt.",
    "1 Person ist ausgewählt.",
    "12 Personen sind ausgewählt.",
  ]);
});
