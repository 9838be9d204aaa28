/**
 * The matrix of roles: its lines, what is changed in it, and how keys move in it.
 *
 * Holds no state and asks nobody. Whether a cell is allowed is the core's answer; until that
 * comes after a change, the guess here is what the changed cell says itself.
 */
import type { CellChange, CellView, PolicyView, ProviderId, Role, Row, RowView } from "../ipc";

/** Changes that are not signed yet, by their cells. */
export type Pending = ReadonlyMap<string, CellChange>;

/** What a group is about; the names of providers are their own. */
export type Heading =
  { kind: "asking" | "own" | "seeing" | "routes" } | { kind: "provider"; label: string };

/** Rows under one heading. */
export interface Group {
  key: string;
  heading: Heading;
  rows: RowView[];
  /** The rows of single models, which a long list hides at first. */
  models: number;
}

/** What is shown of a cell. */
export interface Cell {
  view: CellView;
  mark: Mark;
  origin: Origin;
  /** Not signed yet. */
  changed: boolean;
}

/** Set here to allow or deny; allowed here in vain; inherited: allowed, denied, nothing said. */
export type Mark = "allow" | "deny" | "vain" | "allowed" | "denied" | "nothing";

/** What decides over a cell. */
export type Origin =
  | { kind: "here" | "carrel" | "hand" | "nothing" }
  /** Another cell; without a row it is the same one. */
  | { kind: "cell"; role: Role; row: RowView | null };

/** A line of the table that takes the focus: a heading that folds, or cells. */
export interface Line {
  key: string;
  kind: "fold" | "cells";
}

/** Where the focus is; a heading keeps the column for the way on. */
export interface Place {
  line: string;
  column: number;
}

/** More models than this are folded at first. */
const FEW = 4;

/** A row as the ids of policies name it. */
export function keyOf(row: Row): string {
  switch (row.kind) {
    case "provider":
      return `provider/${row.provider}`;
    case "model":
      return `model/${row.model.provider}/${row.model.model}`;
    case "route":
      return `route/${row.route}`;
    default:
      return row.kind.replaceAll("_", "-");
  }
}

export const cellKey = ({ role, row }: Pick<CellView, "role" | "row">) => `${role}/${keyOf(row)}`;

function groupOf({ row, label }: RowView): { key: string; heading: Heading } {
  switch (row.kind) {
    case "ask":
    case "local_models":
    case "cloud_models":
    case "foreign_models":
    case "routes":
      return { key: "asking", heading: { kind: "asking" } };
    case "programs":
    case "instructions":
      return { key: "own", heading: { kind: "own" } };
    case "see_providers":
    case "see_members":
      return { key: "seeing", heading: { kind: "seeing" } };
    case "provider":
      return providerGroup(row.provider, label);
    case "model":
      return providerGroup(row.model.provider, null);
    case "route":
      return { key: "routes", heading: { kind: "routes" } };
  }
}

const providerGroup = (provider: ProviderId, label: string | null) => ({
  key: `provider/${provider}`,
  heading: { kind: "provider" as const, label: label ?? "" },
});

/** The rows in groups, in the order in which they come. */
export function groupsOf(rows: readonly RowView[]): Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const { key, heading } = groupOf(row);
    const group = groups.get(key) ?? { key, heading, rows: [], models: 0 };
    group.rows.push(row);
    if (row.row.kind === "model") group.models += 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

export const isFoldable = (group: Group) => group.models > FEW;

/** How many cells of its models say something themselves. */
export function setIn(group: Group, cells: ReadonlyMap<string, Cell>): number {
  const models = new Set(
    group.rows.filter(({ row }) => row.kind === "model").map(({ row }) => keyOf(row)),
  );
  return [...cells.values()].filter(
    ({ view, changed }) => models.has(keyOf(view.row)) && (view.stance !== null || changed),
  ).length;
}

/** The rows that are seen: a folded group shows what is said of all its models. */
export function rowsOf(group: Group, folded: boolean): RowView[] {
  return folded ? group.rows.filter(({ row }) => row.kind !== "model") : group.rows;
}

/** The line of a row's cells. */
export const lineOf = ({ row }: RowView) => `row:${keyOf(row)}`;

/** The lines that take the focus, top down. */
export function linesOf(groups: readonly Group[], isFolded: (group: Group) => boolean): Line[] {
  return groups.flatMap((group): Line[] => [
    ...(isFoldable(group) ? [{ key: group.key, kind: "fold" as const }] : []),
    ...rowsOf(group, isFolded(group)).map((row): Line => ({ key: lineOf(row), kind: "cells" })),
  ]);
}

/** Where a key leads from a place; null where it leads nowhere or is none of the table's. */
export function moved(
  lines: readonly Line[],
  columns: number,
  at: Place,
  key: string,
  far = false,
): Place | null {
  const line = lines.findIndex((one) => one.key === at.line);
  if (line < 0 || columns === 0) return null;
  const isFold = lines[line]?.kind === "fold";
  const to = (step: number, column: number): Place | null => {
    const found = lines[Math.min(Math.max(step, 0), lines.length - 1)];
    const there = {
      line: found?.key ?? at.line,
      column: Math.min(Math.max(column, 0), columns - 1),
    };
    return there.line === at.line && there.column === at.column ? null : there;
  };
  switch (key) {
    case "ArrowUp":
      return to(line - 1, at.column);
    case "ArrowDown":
      return to(line + 1, at.column);
    case "ArrowLeft":
      return isFold ? null : to(line, at.column - 1);
    case "ArrowRight":
      return isFold ? null : to(line, at.column + 1);
    case "Home":
      return to(far ? 0 : line, isFold && !far ? at.column : 0);
    case "End":
      return to(far ? lines.length - 1 : line, isFold && !far ? at.column : columns - 1);
    default:
      return null;
  }
}

/** The place itself while it is there, else where the table begins. */
export function placed(lines: readonly Line[], columns: number, at: Place | null): Place | null {
  const column = Math.min(at?.column ?? 0, columns - 1);
  if (at && lines.some((one) => one.key === at.line)) return { line: at.line, column };
  const first = lines.find((one) => one.kind === "cells");
  return first && columns > 0 ? { line: first.key, column: 0 } : null;
}

/** One more change; a cell that says again what is signed is none. */
export function withChange(pending: Pending, signed: PolicyView, change: CellChange): Pending {
  const key = cellKey(change);
  const next = new Map(pending);
  const known = signed.cells.find((cell) => cellKey(cell) === key);
  if (known?.stance === change.stance) next.delete(key);
  else next.set(key, change);
  return next;
}

/** What is left to change in another version; `lost` are those whose role or row is gone. */
export function reapplied(pending: Pending, signed: PolicyView): { left: Pending; lost: number } {
  const known = new Map(signed.cells.map((cell) => [cellKey(cell), cell.stance]));
  const there = [...pending].filter(([key]) => known.has(key));
  const left = there.filter(([key, change]) => known.get(key) !== change.stance);
  return { left: new Map(left), lost: pending.size - there.length };
}

/** The cells as they are shown, by their keys. */
export function cellsOf(shown: PolicyView, pending: Pending): Map<string, Cell> {
  const rows = new Map(shown.rows.map((row) => [keyOf(row.row), row]));
  const roles = shown.roles.map((one) => one.role);
  return new Map(
    shown.cells.map((answer) => {
      const key = cellKey(answer);
      const view = asChanged(answer, pending.get(key));
      const origin = originOf(view, roles, rows);
      return [key, { view, origin, mark: markOf(view), changed: pending.has(key) }];
    }),
  );
}

/** A cell as its change says, while the core's answer is not there yet. */
function asChanged(answer: CellView, change: CellChange | undefined): CellView {
  if (change === undefined || change.stance === answer.stance) return answer;
  const own = `matrix/${cellKey(answer)}`;
  const { stance } = change;
  if (stance === "deny") return { ...answer, stance, allowed: false, by: [own] };
  const others = answer.by.filter((id) => id !== own);
  if (stance === null) return { ...answer, stance, by: others };
  // Whatever denies it besides this cell goes on to do so.
  const denied = !answer.allowed && others.length > 0;
  return denied
    ? { ...answer, stance, by: others }
    : { ...answer, stance, allowed: true, by: [own] };
}

function markOf({ stance, allowed, by }: CellView): Mark {
  if (stance === "deny") return "deny";
  if (stance === "allow") return allowed ? "allow" : "vain";
  if (allowed) return "allowed";
  return by.length > 0 ? "denied" : "nothing";
}

/** Of several policies that decide alike, the nearest: this cell, its role, another role. */
function originOf(
  cell: CellView,
  roles: readonly Role[],
  rows: ReadonlyMap<string, RowView>,
): Origin {
  const own = keyOf(cell.row);
  if (cell.by.includes(`matrix/${cell.role}/${own}`)) return { kind: "here" };
  const others = [cell.role, ...roles].flatMap((role) =>
    cell.by
      .filter((id) => id.startsWith(`matrix/${role}/`))
      .map((id) => ({ role, row: id.slice(`matrix/${role}/`.length) })),
  );
  const [other] = others;
  if (other) {
    const row = other.row === own ? null : (rows.get(other.row) ?? null);
    return { kind: "cell", role: other.role, row };
  }
  if (cell.by.length === 0) return { kind: "nothing" };
  return { kind: cell.by.every((id) => id.startsWith("builtin.")) ? "carrel" : "hand" };
}

/** The roles that may do more or less than what is signed lets them. */
export function touchedRoles(signed: PolicyView, shown: PolicyView): Role[] {
  const before = new Map(signed.cells.map((cell) => [cellKey(cell), cell.allowed]));
  const differs = (cell: CellView) => before.get(cellKey(cell)) !== cell.allowed;
  const touched = new Set(shown.cells.filter(differs).map((cell) => cell.role));
  return shown.roles.map((one) => one.role).filter((role) => touched.has(role));
}
