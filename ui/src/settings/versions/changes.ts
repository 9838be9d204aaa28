/** What a signed version changed, in words. */
import { m, when } from "../../i18n";
import type { PolicyChange, PolicyVersion, RoleShape, Row, RowView, Stance } from "../../ipc";
import { rowTitle } from "../matrixWords";
import { roleName } from "../roles";

export type CellChanged = Extract<PolicyChange, { kind: "cell" }>;
export type HandChanged = Extract<PolicyChange, { kind: "by_hand" }>;

/** "Elena · Today, 08:42" */
export function signedText({ by, at }: PolicyVersion, now: number): string {
  const words = { when: when(at, now) };
  return by === null ? m.versions_by_erased(words) : m.versions_by({ name: by, ...words });
}

/** What became of a role; another name and other rights are two things. */
export function roleTexts(before: RoleShape | null, after: RoleShape | null): string[] {
  if (after === null) return before ? [m.versions_role_removed({ role: before.name })] : [];
  const role = after.name;
  if (before === null)
    return [
      after.like_member ? m.versions_role_made_like({ role }) : m.versions_role_made({ role }),
    ];
  const rights = after.like_member ? m.versions_role_like : m.versions_role_apart;
  return [
    ...(before.name === role
      ? []
      : [m.versions_role_renamed({ before: before.name, after: role })]),
    ...(before.like_member === after.like_member ? [] : [rights({ role })]),
  ];
}

/** The end of an id: its beginning is only when it was made. */
const tail = (id: string) => `…${id.slice(-4)}`;

/** What is left of a row's name where what it is about is gone. */
function goneName(row: Row): string | null {
  switch (row.kind) {
    case "model":
      return row.model.model;
    case "provider":
      return tail(row.provider);
    case "route":
      return tail(row.route);
    default:
      return null;
  }
}

/** "Field crew · Models in the cloud:"; `rows` know the providers of models. */
export function cellText(change: CellChanged, rows: readonly RowView[]): string {
  const { role, role_name: name, row, label } = change;
  const gone = label === null ? goneName(row) : null;
  const title = gone === null ? rowTitle({ row, label }, rows) : m.versions_gone({ name: gone });
  return m.versions_cell({ role: roleName(role, [{ role, name }]), row: title });
}

export function stanceText(stance: Stance | null): string {
  if (stance === null) return m.versions_inherits();
  return stance === "allow" ? m.roles_allowed() : m.roles_denied();
}

export function handText({ id: name, before, after }: HandChanged): string {
  if (before === null) return m.versions_hand_made({ name });
  return after === null ? m.versions_hand_removed({ name }) : m.versions_hand_changed({ name });
}
