/** An event field by field, in words: everything its signed text says. */
import { exactly, m } from "../../i18n";
import type { RecordedEvent, Usage } from "../../ipc";
import { placeOf } from "../regions";
import { type Json, modelIn, type Signed, textIn, textsIn } from "./event";
import { bareValue, count, FIELDS, inOrder, valueText } from "./fields";
import { limitText } from "./limit";
import { actorName, modelName, type Names, personName, roleText } from "./names";
import { askedText, givenText, requestedIn } from "./subject";
import { usageIn } from "./usage";

export interface Fact {
  name: string;
  value: string;
  /** Ids and hashes, set so that they can be compared. */
  mono: boolean;
}

const fact = (name: string, value: string, mono = false): Fact => ({ name, value, mono });

/** Tokens by kind; kinds that most answers do not have only where they are. */
function tokenFacts(usage: Usage): Fact[] {
  const kinds: [string, number, boolean][] = [
    [m.chat_fact_input(), usage.input, true],
    [m.chat_fact_cached(), usage.cached_input, false],
    [m.chat_fact_cache_write(), usage.cache_write + usage.cache_write_long, false],
    [m.chat_fact_output(), usage.output, true],
    [m.chat_fact_reasoning(), usage.reasoning, false],
  ];
  const by = usage.estimated ? m.chat_fact_counted_carrel() : m.chat_fact_counted_provider();
  return [
    ...kinds
      .filter(([, tokens, always]) => always || tokens > 0)
      .map(([name, tokens]) => fact(name, count(tokens))),
    fact(m.chat_fact_counted(), by),
  ];
}

function rulesFact(what: Json): Fact {
  const rules = textsIn(what, "rules");
  const name = m.record_field_rules();
  return rules.length === 0 ? fact(name, m.record_no_rule()) : fact(name, rules.join("\n"), true);
}

function regionsFact(name: string, what: Json): Fact {
  return fact(name, textsIn(what, "regions").map(placeOf).join(", "));
}

function fieldFacts(field: string, value: unknown, what: Json, names: Names): Fact[] {
  const known = FIELDS[field];
  const name = known?.name() ?? field;
  const usage = field === "usage" ? usageIn(what) : null;
  if (usage) return tokenFacts(usage);
  if (field === "rules" && Array.isArray(value)) return [rulesFact(what)];
  if (field === "regions" && Array.isArray(value)) return [regionsFact(name, what)];
  if (field === "subject") return [fact(name, askedText(what, names) || bareValue(value))];
  if (field === "given") return [fact(name, givenText(what, names) || bareValue(value))];
  if (field === "limit") return [fact(name, limitText(what, names) || bareValue(value))];
  const model = field === "model" ? modelIn(what, "model") : null;
  if (model) return [fact(name, modelName(model, names))];
  return [fact(name, valueText(known, value, names), known?.mono ?? known === undefined)];
}

/** The model of a call whose outcome this is, where its beginning is on the screen. */
function askedFacts(what: Json, names: Names): Fact[] {
  if ("model" in what) return [];
  const asked = names.asked.get(textIn(what, "attempt") ?? "");
  return asked ? [fact(m.record_field_model(), modelName(asked, names))] : [];
}

/** For what the request was that this names, where its beginning is on the screen. */
function requestedFacts(what: Json, names: Names): Fact[] {
  if ("subject" in what) return [];
  const words = askedText(requestedIn(what, names) ?? {}, names);
  return words === "" ? [] : [fact(m.record_field_subject(), words)];
}

/** What happened: the kind's own fields. */
export function ownFacts({ what }: Pick<Signed, "what">, names: Names): Fact[] {
  const fields = inOrder(what);
  return [
    ...askedFacts(what, names),
    ...requestedFacts(what, names),
    ...fields.flatMap(([field, value]) => fieldFacts(field, value, what, names)),
  ];
}

/** When, and who; whose hand signed it only where it is another's. */
export function commonFacts(event: RecordedEvent, signed: Signed, names: Names): Fact[] {
  const { signer, role } = signed;
  const { actor } = event;
  const isOwn =
    signer?.kind === "member" && actor.kind === "member" && signer.profile === actor.profile;
  const signedBy =
    signer === null
      ? m.record_not_known()
      : signer.kind === "device"
        ? m.record_who_door()
        : personName(signer.profile, names);
  return [
    fact(m.record_fact_when(), exactly(event.at)),
    fact(m.record_fact_who(), actorName(actor)),
    ...(role === null ? [] : [fact(m.record_fact_as(), roleText(role, names))]),
    ...(isOwn ? [] : [fact(m.record_fact_signed_by(), signedBy)]),
  ];
}

/** What names it elsewhere: as it stands, for comparing. */
export function idFacts(event: RecordedEvent, { id, session }: Signed): Fact[] {
  return [
    ...(id === null ? [] : [fact(m.record_fact_id(), id, true)]),
    fact(m.record_fact_kind(), event.kind, true),
    ...(event.actor.kind === "member"
      ? [fact(m.record_fact_pseudonym(), event.actor.profile, true)]
      : []),
    ...(session === null ? [] : [fact(m.record_fact_session(), session, true)]),
  ];
}
