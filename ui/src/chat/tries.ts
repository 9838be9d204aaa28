/** Tries in words: why a model was asked, how it stood, what came of it. */
import { m, said } from "../i18n";
import type { BreakerState, Choice, TryPath, TryRecord } from "../ipc";
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

/** Why this candidate and no other. */
export function reasonOf({ choice }: TryPath): string {
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

/** What came of it; `brief` leaves the advice out, where it is said beside. */
export function outcomeOf({ failure, http_status, note }: TryRecord, brief: boolean): string {
  if (failure === null) return m.chat_try_answered();
  if (brief && http_status !== null) return m.chat_try_status({ status: http_status });
  if (note !== null) return said(note);
  return http_status === null ? m.chat_try_failed() : m.chat_try_status({ status: http_status });
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
