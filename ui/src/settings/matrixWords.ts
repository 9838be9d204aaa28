/** The matrix in words: its rows, and what a cell says and why. */
import { m, spoken } from "../i18n";
import type { PolicyView, RoleView, RowView } from "../ipc";
import type { Cell, Heading } from "./matrix";
import { roleName } from "./roles";

export function headingText(heading: Heading): string {
  switch (heading.kind) {
    case "asking":
      return m.roles_asking();
    case "own":
      return m.roles_own();
    case "seeing":
      return m.roles_seeing();
    case "routes":
      return m.roles_routes();
    case "provider":
      return heading.label;
  }
}

/** A row under its heading. */
export function rowName({ row, label }: RowView): string {
  switch (row.kind) {
    case "ask":
      return m.roles_row_ask();
    case "local_models":
      return m.roles_row_local();
    case "cloud_models":
      return m.roles_row_cloud();
    case "foreign_models":
      return m.roles_row_foreign();
    case "routes":
      return m.roles_row_routes();
    case "programs":
      return m.roles_row_programs();
    case "instructions":
      return m.roles_row_instructions();
    case "see_providers":
      return m.roles_row_see_providers();
    case "see_members":
      return m.roles_row_see_members();
    case "provider":
      return m.roles_row_provider({ provider: label ?? "" });
    case "model":
    case "route":
      return label ?? "";
  }
}

/** What a row's name leaves open; mostly nothing. */
export function rowNote({ row }: RowView): string | null {
  switch (row.kind) {
    case "local_models":
      return m.roles_row_local_note();
    case "cloud_models":
      return m.roles_row_cloud_note();
    case "foreign_models":
      return m.roles_row_foreign_note();
    case "programs":
      return m.roles_row_programs_note();
    default:
      return null;
  }
}

/** A row away from its heading. */
export function rowTitle(view: RowView, rows: readonly RowView[]): string {
  const { row } = view;
  if (row.kind === "see_providers" || row.kind === "see_members")
    return `${m.roles_seeing()}: ${rowName(view)}`;
  if (row.kind === "route") return m.limits_scope_route({ route: rowName(view) });
  if (row.kind !== "model") return rowName(view);
  const provider = rows.find(
    (one) => one.row.kind === "provider" && one.row.provider === row.model.provider,
  );
  return [rowName(view), provider?.label].filter(Boolean).join(" · ");
}

/** "denied, set here", "allowed by Member". */
export function answerText({ view, mark, origin }: Cell, { roles, rows }: PolicyView): string {
  if (mark === "nothing") return m.roles_not_allowed();
  const answer =
    mark === "vain" ? m.roles_denied_anyway() : view.allowed ? m.roles_allowed() : m.roles_denied();
  switch (origin.kind) {
    case "here":
      return m.roles_here({ answer });
    case "carrel":
      return m.roles_by_carrel({ answer });
    case "hand":
      return m.roles_by_hand({ answer });
    case "nothing":
      return answer;
    case "cell": {
      const role = roleName(origin.role, roles);
      if (origin.row === null) return m.roles_by_role({ answer, role });
      const row = rowTitle(origin.row, rows);
      return origin.role === view.role
        ? m.roles_by_row({ answer, row })
        : m.roles_by_role_row({ answer, role, row });
    }
  }
}

export function peopleText(people: number): string {
  if (people === 0) return m.roles_nobody();
  return people === 1 ? m.roles_person() : m.roles_people({ count: people });
}

/** Whom changes touch, and how many they are. */
export function touchedText(touched: readonly RoleView[]): string {
  if (touched.length === 0) return m.roles_touch_nothing();
  const names = touched.map((one) => roleName(one.role, touched));
  const roles = new Intl.ListFormat(spoken.current, { type: "conjunction" }).format(names);
  const count = touched.reduce((sum, one) => sum + one.people, 0);
  if (count === 0) return m.roles_touch_nobody({ roles });
  return count === 1 ? m.roles_touch_one({ roles }) : m.roles_touch({ count, roles });
}

export function changesText(count: number): string {
  return count === 1 ? m.roles_unsaved_one() : m.roles_unsaved({ count });
}
