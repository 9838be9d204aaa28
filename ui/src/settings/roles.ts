/** What people are in the workspace, in words, and which roles there are to give. */
import type { Desk } from "../desk/desk.svelte";
import { m } from "../i18n";
import { call, type Role, type RoleView } from "../ipc";

type Named = Pick<RoleView, "role" | "name">;

/** The roles that come with Carrel, and that a member can have. */
export const BUILT_IN_ROLES: readonly RoleView[] = [
  { role: "member", name: null, inherits: null, people: 0 },
  { role: "manager", name: null, inherits: "member", people: 0 },
  { role: "auditor", name: null, inherits: null, people: 0 },
  { role: "admin", name: null, inherits: "member", people: 0 },
];

/** A role by its name; of one that admins made only who signs the policy knows it. */
export function roleName(role: Role, known: readonly Named[] = []): string {
  switch (role) {
    case "guest":
      return m.role_guest();
    case "member":
      return m.role_member();
    case "manager":
      return m.role_manager();
    case "auditor":
      return m.role_auditor();
    case "admin":
      return m.role_admin();
    default:
      return known.find((one) => one.role === role)?.name ?? m.role_custom();
  }
}

/** What giving a role means. */
export function roleDetail({ role, inherits }: Pick<RoleView, "role" | "inherits">): string {
  switch (role) {
    case "member":
      return m.role_member_detail();
    case "manager":
      return m.role_manager_detail();
    case "auditor":
      return m.role_auditor_detail();
    case "admin":
      return m.role_admin_detail();
    default:
      return inherits === null ? m.role_apart_detail() : m.role_like_member_detail();
  }
}

/** The roles that can be given; without a look at the policy those that are always there. */
export async function readRoles(desk: Desk): Promise<readonly RoleView[]> {
  if (!desk.may("policy.sign")) return BUILT_IN_ROLES;
  try {
    return (await call("read_policy")).roles;
  } catch {
    // What asked for them stands without; the section of roles says what is wrong.
    return BUILT_IN_ROLES;
  }
}
