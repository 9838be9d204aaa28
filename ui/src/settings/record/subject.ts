/**
 * What an event says was asked of admins, and what they gave.
 *
 * Reads, and trusts nothing of its shape. A decision names only its request: for what that was
 * is known where its beginning is on the screen, too.
 */
import { amountText, subjectText } from "../../access/words";
import { m, moment } from "../../i18n";
import type { LimitMeasure, Row, Span, Subject } from "../../ipc";
import { type Json, modelIn, numberIn, objectIn, textIn } from "./event";
import { count } from "./fields";
import { modelName, type Names, providerName, routeName } from "./names";

const SPANS: readonly string[] = ["minute", "hour", "day", "month"] satisfies Span[];
const USUAL: readonly string[] = [
  "ask",
  "local_models",
  "cloud_models",
  "foreign_models",
  "routes",
  "programs",
  "instructions",
  "see_providers",
  "see_members",
] satisfies Row["kind"][];

const isSpan = (text: string | null): text is Span => text !== null && SPANS.includes(text);
type Usual = Exclude<Row["kind"], "provider" | "model" | "route">;
const isUsual = (text: string | null): text is Usual => text !== null && USUAL.includes(text);

export function measureIn(of: Json): LimitMeasure | null {
  const [kind, span] = [textIn(of, "kind"), textIn(of, "span")];
  if (kind === "at_once") return { kind };
  const counts = kind === "money" || kind === "tokens" || kind === "requests";
  return counts && isSpan(span) ? { kind, span } : null;
}

function rowIn(of: Json): Row | null {
  const kind = textIn(of, "kind");
  if (isUsual(kind)) return { kind };
  const [provider, route] = [textIn(of, "provider"), textIn(of, "route")];
  const model = modelIn(of, "model");
  if (kind === "provider" && provider !== null) return { kind, provider };
  if (kind === "model" && model) return { kind, model };
  return kind === "route" && route !== null ? { kind, route } : null;
}

function labelOf(row: Row, names: Names): string | null {
  switch (row.kind) {
    case "provider":
      return providerName(row.provider, names);
    case "model":
      return modelName(row.model, names);
    case "route":
      return routeName(row.route, names);
    default:
      return null;
  }
}

/** A subject in the record, with how much was asked for. */
function subjectIn(what: Json): { subject: Subject; amount: number | null } | null {
  const held = objectIn(what, "subject") ?? {};
  const measure = measureIn(objectIn(held, "measure") ?? {});
  const row = rowIn(objectIn(held, "row") ?? {});
  if (textIn(held, "kind") === "more" && measure)
    return { subject: { kind: "more", measure }, amount: numberIn(held, "amount") };
  if (textIn(held, "kind") === "access" && row)
    return { subject: { kind: "access", row }, amount: null };
  return null;
}

/** "access to gpt-4.1 · OpenAI", "$2.00 more a day"; empty where it cannot be read. */
export function askedText(what: Json, names: Names): string {
  const asked = subjectIn(what);
  if (!asked) return "";
  const { subject, amount } = asked;
  return subjectText(subject, amount, subject.kind === "access" ? labelOf(subject.row, names) : "");
}

/** What the request was for that this event names; null where its beginning is not on the screen. */
export function requestedIn(what: Json, names: Names): Json | null {
  return names.requested.get(textIn(what, "request") ?? "") ?? null;
}

/** "$2.00 given", bare where nobody knows of what; empty where it was access. */
function givenAmount(what: Json, names: Names): string {
  const amount = numberIn(objectIn(what, "given") ?? {}, "amount");
  if (amount === null) return "";
  const asked = subjectIn(requestedIn(what, names) ?? {});
  const given =
    asked?.subject.kind === "more" ? amountText(asked.subject.measure, amount) : count(amount);
  return m.record_about_given({ amount: given });
}

/** "$2.00 given · until 30 Nov 2026, 00:00"; empty where nothing was given. */
export function givenText(what: Json, names: Names): string {
  const until = numberIn(objectIn(what, "given") ?? {}, "until");
  if (until === null) return "";
  const words = [givenAmount(what, names), m.record_about_until({ when: moment(until) })];
  return words.filter(Boolean).join(" · ");
}
