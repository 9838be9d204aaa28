/** What people are in the workspace, in words. */
import { m } from "../i18n";
import type { Role } from "../ipc";

export function roleName(role: Role): string {
  switch (role) {
    case "guest":
      return m.role_guest();
    case "member":
      return m.role_member();
    case "admin":
      return m.role_admin();
  }
}
