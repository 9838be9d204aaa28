/** Reads who and what there is by name; what one may not see stays without names. */
import type { Desk } from "../../desk/desk.svelte";
import { call } from "../../ipc";
import { readRoles } from "../roles";
import type { Names } from "./names";

export type Known = Omit<Names, "asked" | "requested">;

export const NOBODY: Known = { members: [], roles: [], groups: [], providers: [], routes: [] };

async function orNone<Value>(read: Promise<Value[]>): Promise<Value[]> {
  try {
    return await read;
  } catch {
    return [];
  }
}

export async function readKnown(desk: Desk): Promise<Known> {
  const [members, roles, groups, providers, routes] = await Promise.all([
    orNone(call("list_members").then((list) => list.members)),
    readRoles(desk),
    orNone(call("list_groups").then((list) => list.groups)),
    orNone(call("list_providers").then((list) => list.providers)),
    orNone(call("list_routes").then((list) => list.routes)),
  ]);
  return { members, roles, groups, providers, routes };
}
