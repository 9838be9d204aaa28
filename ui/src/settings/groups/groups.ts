/** Groups of people: who may change them, whose they are, and whom a search finds. */
import type { Desk } from "../../desk/desk.svelte";
import { m } from "../../i18n";
import { call, type GroupView, type MemberView } from "../../ipc";

/** All groups, by name; none for those who may not change them. */
export async function readGroups(desk: Desk): Promise<readonly GroupView[]> {
  return desk.may("group.manage") ? (await call("list_groups")).groups : [];
}

/** The groups that someone is in. */
export function groupsOf(
  groups: readonly GroupView[],
  { profile }: Pick<MemberView, "profile">,
): GroupView[] {
  return groups.filter((one) => one.members.includes(profile));
}

/** Those of a group who are here, as its row shows them. */
export function peopleOf(
  { members: ids }: Pick<GroupView, "members">,
  members: readonly MemberView[],
): MemberView[] {
  return members.filter((one) => ids.includes(one.profile));
}

/** Whom one can choose: everyone who was not erased and whose name has what was typed. */
export function foundIn(members: readonly MemberView[], typed: string): MemberView[] {
  const sought = typed.trim().toLocaleLowerCase();
  return members.filter((one) => !one.erased && one.name.toLocaleLowerCase().includes(sought));
}

/** "3 people are chosen." */
export function chosenText(count: number): string {
  if (count === 0) return m.groups_chosen_none();
  return count === 1 ? m.groups_chosen_one() : m.groups_chosen({ count });
}
