/** The fields of the kinds, one by one: what each is called and how its value reads. */
import { className, isClass } from "../../chat/classes";
import { dollars, durationText, endOf } from "../../chat/words";
import { byteSize, exactly, m, spoken } from "../../i18n";
import type { FailureClass, Finish, RecordForm } from "../../ipc";
import { actionText } from "./actions";
import type { Json } from "./event";
import {
  groupText,
  keyInWords,
  type Names,
  personName,
  providerName,
  roleText,
  routeName,
  thingName,
} from "./names";

/** How a value of one type reads. */
interface Reads {
  text?: (value: string, names: Names) => string;
  number?: (value: number) => string;
  /** Ids and hashes, set so that they can be compared. */
  mono?: boolean;
  /** Where it is null; usually that it is not known. */
  none?: () => string;
}

interface Field extends Reads {
  name: () => string;
}

export const count = (value: number) => new Intl.NumberFormat(spoken.current).format(value);

const FAILURES: Record<FailureClass, () => string> = {
  transient: m.record_failure_transient,
  throttled: m.record_failure_throttled,
  exhausted: m.record_failure_exhausted,
  credential: m.record_failure_credential,
  caller: m.record_failure_caller,
  context_overflow: m.record_failure_context_overflow,
  content_refusal: m.record_failure_content_refusal,
  gone: m.record_failure_gone,
  broken: m.record_failure_broken,
  truncated: m.record_failure_truncated,
};

const FINISHES: Record<Finish, () => string> = {
  complete: m.record_finish_complete,
  length: () => endOf("length"),
  stopped: m.record_finish_stopped,
  locked: m.record_finish_locked,
  stalled: () => endOf("stalled"),
  cut: m.record_finish_cut,
  interrupted: () => endOf("interrupted"),
  refused: () => endOf("refused"),
  failed: () => endOf("failed"),
};

/** A word of the core's; one that is not known here as it stands. */
const word = (words: Readonly<Record<string, () => string>>) => (value: string) =>
  words[value]?.() ?? value;

export const wantedText = word({
  admin: m.record_wanted_admin,
  erasure: m.record_wanted_erasure,
});

const FORMS: Record<RecordForm, () => string> = {
  jsonl: m.record_export_jsonl,
  csv: m.record_export_csv,
  ocsf: m.record_export_ocsf,
  package: m.record_export_package,
};

export const formText = word(FORMS);

export const percentText = (percent: number) => m.limits_percent({ percent: count(percent) });

const id = { mono: true };
const plain = { number: count };
const money = { number: (nano: number) => (nano === 0 ? m.record_nothing() : dollars(nano)) };
const time = { number: exactly };

/** By the names in the record. What is not here is shown by that name. */
export const FIELDS: Readonly<Record<string, Field>> = {
  action: { name: m.record_field_action, text: actionText },
  allowed: { name: m.record_field_allowed },
  anew: { name: m.record_field_anew },
  attempt: { name: m.record_field_attempt, ...id },
  billed: { name: m.record_field_billed },
  class: { name: m.record_field_class, text: (of) => (isClass(of) ? className(of) : of) },
  cost: { name: m.record_field_cost, ...money },
  count: { name: m.record_field_count, ...plain },
  expires_at: { name: m.record_field_expires_at, ...time },
  failure: { name: m.record_field_failure, text: word(FAILURES), none: m.record_none },
  finish: { name: m.record_field_finish, text: word(FINISHES) },
  first: { name: m.record_field_first, ...plain },
  first_token_ms: { name: m.record_field_first_token, number: durationText },
  foreign: { name: m.record_field_foreign, ...plain },
  form: { name: m.record_field_form, text: formText },
  generation: { name: m.record_field_generation, ...plain },
  group: { name: m.record_field_group, text: groupText, none: m.record_field_group_none },
  hold: { name: m.record_field_hold, ...money },
  given: { name: m.record_field_given },
  host: { name: m.record_field_host, text: (host) => host || m.chat_fact_this_machine() },
  http_status: { name: m.record_field_http_status, number: String, none: m.record_none },
  input: { name: m.record_field_input, ...id },
  invitation: { name: m.record_field_invitation, ...id },
  key: { name: m.record_field_key, text: keyInWords },
  key_changed: { name: m.record_field_key_changed },
  limit: { name: m.record_field_limit },
  made_at: { name: m.record_field_made_at, ...time },
  member: { name: m.record_field_member, text: personName },
  missing: { name: m.record_field_missing, ...plain },
  model: { name: m.record_field_model },
  number: { name: m.record_field_number, ...plain },
  on: { name: m.record_field_on, text: thingName },
  output: { name: m.record_field_output, ...id },
  output_cap: { name: m.record_field_output_cap, ...plain },
  overrun: { name: m.record_field_overrun, ...money },
  percent: { name: m.record_field_percent, number: percentText },
  pool: { name: m.record_field_pool },
  profile: { name: m.record_field_profile, text: personName },
  program: { name: m.record_field_program, ...id },
  provider: { name: m.record_field_provider, text: providerName },
  public: { name: m.record_field_public, ...id },
  reason: { name: m.record_field_reason, ...id },
  regions: { name: m.record_field_regions },
  request: { name: m.record_field_request, ...id },
  request_bytes: { name: m.record_field_request_bytes, number: byteSize },
  retry_of: { name: m.record_field_retry_of, ...id },
  role: { name: m.record_field_role, text: roleText },
  root: { name: m.record_field_root, ...id },
  route: { name: m.record_field_route, text: routeName },
  rules: { name: m.record_field_rules, ...id },
  served_model: { name: m.record_field_served_model, none: m.chat_fact_not_said },
  size: { name: m.record_field_size, ...plain },
  subject: { name: m.record_field_subject },
  text: { name: m.record_field_text, ...id, none: m.record_field_text_none },
  total_ms: { name: m.record_field_total_ms, number: durationText },
  turn: { name: m.record_field_turn, ...id },
  usage: { name: m.record_field_usage },
  version: { name: m.record_field_version, ...plain },
  wanted: { name: m.record_field_wanted, text: wantedText },
  workspace: { name: m.record_field_workspace },
};

/** A value that is no text and no number with words of its own. */
export function bareValue(value: unknown): string {
  if (value === true) return m.record_yes();
  if (value === false) return m.record_no();
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function valueText(field: Field | undefined, value: unknown, names: Names): string {
  if (value === null) return field?.none?.() ?? m.record_not_known();
  if (typeof value === "string") return field?.text?.(value, names) ?? value;
  if (typeof value === "number") return field?.number?.(value) ?? count(value);
  return bareValue(value);
}

/** The fields of a kind in the order people ask for them, not in that of the alphabet. */
const ORDER = [
  "member",
  "profile",
  "wanted",
  "role",
  "group",
  "limit",
  "percent",
  "pool",
  "size",
  "subject",
  "given",
  "action",
  "on",
  "provider",
  "model",
  "served_model",
  "host",
  "class",
  "regions",
  "route",
  "key",
  "number",
  "finish",
  "failure",
  "http_status",
  "usage",
  "hold",
  "cost",
  "overrun",
];

export function inOrder(what: Json): [string, unknown][] {
  const place = (name: string) => {
    const at = ORDER.indexOf(name);
    return at < 0 ? ORDER.length : at;
  };
  return Object.entries(what).toSorted(([one], [other]) => place(one) - place(other));
}
