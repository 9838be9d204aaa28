/**
 * Access in words: what one may do, who says so, and what can be asked for.
 *
 * Holds no state and asks nobody. Names of models and routes come from the core.
 */
import { isClassRule } from "../chat/classes";
import { ago, ahead, m } from "../i18n";
import type { Access, LayerView, LimitMeasure, RequestView, Row, Subject } from "../ipc";
import { amountText as amountOf, spanText } from "../settings/limits";
import { actionText } from "../settings/record/actions";
import { keyOf } from "../settings/matrix";
import { rowName } from "../settings/matrixWords";
import { roleName } from "../settings/roles";

/** Who something is about: the reader, or someone by name. */
export type Who = "you" | (string & {});

/** "use GPT-4o", "ask questions": what follows "may". */
export function doing(action: string, row: Row | null, label: string | null): string {
  if (row === null) return actionText(action);
  switch (row.kind) {
    case "ask":
      return m.access_do_ask();
    case "local_models":
      return m.access_do_local();
    case "cloud_models":
      return m.access_do_cloud();
    case "foreign_models":
      return m.access_do_foreign();
    case "routes":
      return m.access_do_routes();
    case "programs":
      return m.access_do_programs();
    case "instructions":
      return m.access_do_instructions();
    case "see_providers":
      return m.access_do_see_providers();
    case "see_members":
      return m.access_do_see_members();
    case "provider":
      return label === null ? actionText(action) : m.access_do_provider({ label });
    case "model":
      return m.access_do_use({ label: label ?? row.model.model });
    case "route":
      return label === null ? actionText(action) : m.access_do_route({ label });
  }
}

/** "You may not use GPT-4o". */
export function mayText({ action, row, label, allowed }: Omit<Access, "layers">, who: Who): string {
  const what = { doing: doing(action, row, label) };
  if (who === "you") return allowed ? m.access_you_may(what) : m.access_you_may_not(what);
  return allowed ? m.access_may({ name: who, ...what }) : m.access_may_not({ name: who, ...what });
}

/** "access to GPT-4o". */
function accessTo(row: Row, label: string | null): string {
  switch (row.kind) {
    case "ask":
      return m.access_to_ask();
    case "local_models":
      return m.access_to_local();
    case "cloud_models":
      return m.access_to_cloud();
    case "foreign_models":
      return m.access_to_foreign();
    case "routes":
      return m.access_to_routes();
    case "programs":
      return m.access_to_programs();
    case "instructions":
      return m.access_to_instructions();
    case "see_providers":
      return m.access_to_see_providers();
    case "see_members":
      return m.access_to_see_members();
    case "provider":
      return m.access_to_provider({ label: label ?? m.limits_scope_gone() });
    case "model":
      return m.access_to_model({ label: label ?? row.model.model });
    case "route":
      return m.access_to_route({ label: label ?? m.limits_scope_gone() });
  }
}

/** "$2.00", "20 requests": an amount of what a limit counts, without its time. */
export function amountText(measure: LimitMeasure, amount: number): string {
  return amountOf(measure.kind, amount);
}

/** "money a day", "answers at once": what a limit counts, in which time. */
export function measureText(measure: LimitMeasure): string {
  switch (measure.kind) {
    case "money":
      return spanText(measure.span, m.access_of_money());
    case "tokens":
      return spanText(measure.span, m.access_of_tokens());
    case "requests":
      return spanText(measure.span, m.access_of_requests());
    case "at_once":
      return m.access_of_at_once();
  }
}

/** "access to GPT-4o", "$2.00 more a day"; without an amount "more money a day". */
export function subjectText(subject: Subject, amount: number | null, label: string | null): string {
  if (subject.kind === "access") return accessTo(subject.row, label);
  const { measure } = subject;
  if (amount === null) return m.access_more_of({ what: measureText(measure) });
  if (measure.kind === "at_once")
    return amount === 1
      ? m.access_more_at_once_one()
      : m.access_more_at_once({ count: String(amount) });
  return spanText(measure.span, m.access_more({ amount: amountText(measure, amount) }));
}

const SAYS = {
  workspace: {
    allows: m.access_layer_workspace_allows,
    denies: m.access_layer_workspace_denies,
    nothing: m.access_layer_workspace_nothing,
  },
  role: {
    allows: m.access_layer_role_allows,
    denies: m.access_layer_role_denies,
    nothing: m.access_layer_role_nothing,
  },
  group: {
    allows: m.access_layer_group_allows,
    denies: m.access_layer_group_denies,
    nothing: m.access_layer_group_nothing,
  },
  gone: {
    allows: m.access_layer_gone_allows,
    denies: m.access_layer_gone_denies,
    nothing: m.access_layer_gone_nothing,
  },
  you: {
    allows: m.access_layer_you_allows,
    denies: m.access_layer_you_denies,
    nothing: m.access_layer_you_nothing,
  },
  person: {
    allows: m.access_layer_person_allows,
    denies: m.access_layer_person_denies,
    nothing: m.access_layer_person_nothing,
  },
} as const;

/** "Role Member denies it", "No exception for you". */
export function layerTitle({ layer, says }: LayerView, who: Who): string {
  switch (layer.kind) {
    case "workspace":
      return SAYS.workspace[says]();
    case "role":
      return SAYS.role[says]({ role: layer.name ?? roleName(layer.role) });
    case "group":
      return layer.name === null ? SAYS.gone[says]() : SAYS.group[says]({ group: layer.name });
    case "person":
      return who === "you" ? SAYS.you[says]() : SAYS.person[says]({ name: who });
  }
}

export const isDenied = ({ layers }: Pick<Access, "layers">) =>
  layers.some((one) => one.says === "denies");

/** Where a layer has that from, and whether it decides; below its title. */
export function layerText(view: LayerView, access: Access): string {
  if (view.says === "nothing") return nothingText(view, access);
  const from =
    view.until === null
      ? fromText(view.rules, access)
      : m.access_until({ when: ahead(view.until, Date.now()) });
  if (view.says === "denies") return `${from} ${m.access_decided()}`;
  return isDenied(access) ? `${from} ${m.access_overruled()}` : from;
}

function nothingText({ layer }: LayerView, access: Access): string {
  if (layer.kind === "workspace") return m.access_none_everyone();
  if (layer.kind === "role" || layer.kind === "group") return m.access_none_role();
  if (isDenied(access)) return m.access_none_vain();
  return access.allowed ? m.access_none_needed() : m.access_none_could();
}

/** Rows that every workspace has, by what rules name them. */
const USUAL: readonly Row[] = [
  { kind: "ask" },
  { kind: "local_models" },
  { kind: "cloud_models" },
  { kind: "foreign_models" },
  { kind: "routes" },
  { kind: "programs" },
  { kind: "instructions" },
  { kind: "see_providers" },
  { kind: "see_members" },
];

/** Who wrote the rules that a layer goes by. */
function fromText(rules: readonly string[], { row }: Access): string {
  if (rules.some(isClassRule)) return m.access_by_class();
  if (rules.length > 0 && rules.every((id) => id.startsWith("builtin.")))
    return m.access_by_carrel();
  const cell = rules
    .find((id) => id.startsWith("matrix/"))
    ?.split("/")
    .slice(2)
    .join("/");
  if (cell === undefined) return m.access_by_hand();
  const own = row === null ? null : keyOf(row);
  if (cell === own) return m.access_by_cell();
  const usual = USUAL.find((one) => keyOf(one) === cell);
  if (usual) return m.access_by_row({ row: rowName({ row: usual, label: null }) });
  return cell.startsWith("provider/") ? m.access_by_provider() : m.access_by_cell();
}

/** How a request stands: "Waiting", "Granted by Elena until Friday, 12:00". */
export function stateText({ subject, state }: RequestView, now: number): string {
  switch (state.kind) {
    case "open":
      return m.own_request_waiting();
    case "withdrawn":
      return m.own_request_withdrawn();
    case "declined":
      return m.own_request_declined({ name: state.by, when: ago(state.at, now) });
    case "granted": {
      const name = state.by;
      if (state.until <= now) return m.own_request_over({ name, when: ago(state.until, now) });
      const when = ahead(state.until, now);
      if (state.amount === null) return m.own_request_granted({ name, when });
      const amount = subjectText(subject, state.amount, null);
      return m.own_request_granted_amount({ amount, name, when });
    }
  }
}

/** Words as a line of their own. */
export function sentence(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
