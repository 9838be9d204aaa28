/** What a member may do, in the groups and words in which an admin reads it. */
import { doing, sentence } from "../../access/words";
import { isClassRule } from "../../chat/classes";
import { m } from "../../i18n";
import type { Access, GroupView, Refusal, RoleView, Row } from "../../ipc";
import { keyOf } from "../matrix";
import { rowName, rowNote } from "../matrixWords";
import { actionText } from "../record/actions";
import { roleName } from "../roles";

/** One thing that is allowed or not. */
export interface Line {
  key: string;
  access: Access;
  name: string;
  /** What the name leaves open; mostly nothing. */
  note: string | null;
}

/** A provider, and its models below it. */
export interface Provider {
  line: Line;
  models: Line[];
}

export interface Groups {
  /** Models on this machine and in the cloud as such. */
  places: Line[];
  providers: Provider[];
  /** All routes, then each. */
  routes: Line[];
  /** What every workspace has. */
  desk: Line[];
}

/** A model's provider names it where it stands below that. */
function lineOf(access: Access, row: Row): Line {
  const view = { row, label: access.label };
  const name =
    row.kind === "see_providers" || row.kind === "see_members"
      ? sentence(doing(access.action, row, access.label))
      : rowName(view) || actionText(access.action);
  return { key: keyOf(row), access, name, note: rowNote(view) };
}

/** In the order in which they come. */
export function groupsOf(access: readonly Access[]): Groups {
  const groups: Groups = { places: [], providers: [], routes: [], desk: [] };
  for (const one of access) {
    const { row } = one;
    if (row === null) continue;
    const line = lineOf(one, row);
    switch (row.kind) {
      case "local_models":
      case "cloud_models":
      case "foreign_models":
        groups.places.push(line);
        break;
      case "provider":
        groups.providers.push({ line, models: [] });
        break;
      case "model":
        groups.providers
          .find((of) => of.line.key === `provider/${row.model.provider}`)
          ?.models.push(line);
        break;
      case "routes":
      case "route":
        groups.routes.push(line);
        break;
      default:
        groups.desk.push(line);
    }
  }
  return groups;
}

/** The line that was chosen, whichever group it is in. */
export function lineAt(access: readonly Access[], key: string | null): Access | null {
  return access.find((one) => one.row !== null && keyOf(one.row) === key) ?? null;
}

/** The groups of people that a member is in; one that was removed has no name. */
export function groupsIn(access: readonly Access[]): Pick<GroupView, "id" | "name">[] {
  const named = access
    .flatMap((one) => one.layers)
    .flatMap(({ layer }): [string, string][] =>
      layer.kind === "group" && layer.name !== null ? [[layer.group, layer.name]] : [],
    );
  return [...new Map(named)].map(([id, name]) => ({ id, name }));
}

/** What was refused, in a few words: by name, else what it was. */
export function refusedWhat({ action, label }: Refusal): string {
  return label ?? sentence(actionText(action));
}

/** "Role Field crew denies it", "Nothing allows it". */
export function refusedBy(
  { rules }: Refusal,
  roles: readonly Pick<RoleView, "role" | "name">[],
): string {
  if (rules.length === 0) return m.viewas_refused_nothing();
  const role = rules.map((id) => /^matrix\/([^/]+)\//.exec(id)?.[1]).find(Boolean);
  if (role === undefined && rules.some(isClassRule)) return m.viewas_refused_class();
  if (role === undefined) return m.viewas_refused_hand();
  return m.access_layer_role_denies({ role: roleName(role, roles) });
}

/** How often something was refused lately, and when last; null where it was not. */
export function refusedOften(
  { action, label }: Access,
  refused: readonly Refusal[],
): { count: number; last: number } | null {
  const same = refused.filter((one) => one.action === action && one.label === label);
  const [newest] = same;
  if (!newest) return null;
  return { count: same.reduce((sum, one) => sum + one.count, 0), last: newest.at };
}
