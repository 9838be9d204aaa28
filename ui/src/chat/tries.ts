/** Tries in words: why a model was asked, how it stood, what came of it. */
import { clockTime, m, said } from "../i18n";
import type { BreakerState, Choice, SkipRecord, TryPath, TryRecord } from "../ipc";
import { durationText, USUAL_ROUTE } from "./words";

const REASONS: Record<Choice, () => string> = {
  first: m.chat_try_first,
  weight: m.chat_try_weight,
  latency: m.chat_try_latency,
  load: m.chat_try_load,
  price: m.chat_try_price,
  same_chat: m.chat_try_same_chat,
  fallback: m.chat_try_fallback,
  retry: m.chat_try_retry,
  larger_context: m.chat_try_larger_context,
  after_refusal: m.chat_try_after_refusal,
  probe: m.chat_try_probe,
  asked: m.chat_try_asked,
};

const STATES: Record<BreakerState, () => string> = {
  closed: m.chat_breaker_closed,
  open: m.chat_breaker_open,
  probing: m.chat_breaker_probing,
  restoring: m.chat_breaker_restoring,
};

/** What the engine says of whom it rests; until when is said before it. */
export const RESTS = "It failed too often and is paused.";

/** Why this candidate and no other. */
export function reasonOf({ choice, route }: TryPath): string {
  if (choice === "first" && route === USUAL_ROUTE) return m.chat_try_chosen();
  return REASONS[choice]();
}

/** What was known of its health when it was called. */
export function stateOf({ breaker }: TryPath): string {
  return STATES[breaker]();
}

export function routeOf({ route }: TryPath): string {
  return route === USUAL_ROUTE ? m.chat_route_usual() : route;
}

/** Why it was asked, under which key, after what wait, and how it stood. */
export function wayOf(path: TryPath): string {
  const words = [reasonOf(path)];
  if (path.key_label !== null) words.push(m.chat_try_key({ label: path.key_label }));
  if (path.waited_ms >= 1000) words.push(m.chat_try_waited({ time: durationText(path.waited_ms) }));
  if (path.breaker !== "closed") words.push(stateOf(path));
  if (path.perhaps_billed) words.push(m.chat_try_perhaps_billed());
  return words.join(" · ");
}

/** What came of it, and what the provider said itself; what to do is said elsewhere. */
export function outcomeOf(attempt: TryRecord): string {
  if (attempt.failure === null) return m.chat_try_answered();
  const words = attempt.note === null ? undefined : QUOTE.exec(attempt.note)?.[1];
  const what = happened(attempt);
  return words === undefined ? what : m.chat_try_said({ what, words });
}

function happened({ failure, http_status: status, note }: TryRecord): string {
  if (failure === "throttled")
    return status === null ? m.chat_try_throttled() : m.chat_try_throttled_status({ status });
  if (failure === "transient" && status !== null) return m.chat_try_status({ status });
  if (note !== null) return factOf(note);
  return status === null ? m.chat_try_failed() : m.chat_try_failed_status({ status });
}

/** Why one was passed over, under which key, and until when that holds. */
export function skipOf({ note, key_label: key, until }: SkipRecord): string {
  const words: string[] =
    until === null ? [] : [m.chat_try_paused_until({ when: clockTime(until) })];
  if (until === null || note !== RESTS) words.push(factOf(note));
  if (key !== null) words.push(m.chat_try_key({ label: key }));
  return words.join(" · ");
}

/** A provider's own words at the end of what the core says of it. */
const QUOTE = / It said: “(.*)”$/su;

/** What happened, of a sentence of the core that may go on with advice. */
function factOf(note: string): string {
  const [fact = ""] = said(note.replace(QUOTE, "")).split(/(?<=[.?]) /u);
  return fact.replace(/\.$/u, "");
}

/** True where certainly none of them costs anything: each was turned away before it worked. */
export function chargedNothing(tries: TryRecord[]): boolean {
  return tries.every(
    ({ failure, path }) =>
      path?.perhaps_billed === false &&
      (failure === "throttled" ||
        failure === "exhausted" ||
        failure === "credential" ||
        failure === "gone" ||
        failure === "transient"),
  );
}
