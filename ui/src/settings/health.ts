/** How providers and their models are doing, in words and marks. */
import { m, moment } from "../i18n";
import type { ModelHealth } from "../ipc";

export type Mark = "ok" | "warn" | "danger" | "off";

/** A state as a screen shows it; `until` is what it counts down to. */
export interface Shown {
  mark: Mark;
  until: number | null;
  words: (secondsLeft: number) => string;
}

const HOUR = 3_600;

/** Until when a model is not asked: its provider said so, or it failed too often. */
export function pausedUntil(one: ModelHealth): number | null {
  return one.resting_until ?? (one.breaker === "open" ? one.breaker_until : null);
}

export function isPaused(one: ModelHealth): boolean {
  return one.resting_until !== null || one.breaker === "open";
}

/** "0:42"; the moment itself where it is an hour or more ahead. */
function pauseWords(until: number | null, secondsLeft: number): string {
  if (until === null || secondsLeft <= 0) return m.health_paused_due();
  if (secondsLeft >= HOUR) return m.health_paused_until({ when: moment(until) });
  const rest = String(secondsLeft % 60).padStart(2, "0");
  return m.health_paused_for({ time: `${Math.floor(secondsLeft / 60)}:${rest}` });
}

const plain = (mark: Mark, words: string): Shown => ({ mark, until: null, words: () => words });

/** One model under one key. */
export function shownOf(one: ModelHealth): Shown {
  if (isPaused(one)) {
    const until = pausedUntil(one);
    return { mark: "danger", until, words: (left) => pauseWords(until, left) };
  }
  switch (one.breaker) {
    case "probing":
      return plain("warn", m.health_probing_now());
    case "restoring":
      return plain("warn", m.health_recovering());
    case "open":
    case "closed":
      return one.last_failure === null
        ? plain("ok", m.health_healthy())
        : plain("warn", m.health_shaky());
  }
}

/** A provider by its models: what asks most for a look. */
export function shownOfAll(all: ModelHealth[]): Shown {
  if (all.length === 0) return plain("off", m.health_never());
  const paused = all.filter((one) => isPaused(one));
  if (paused.length > 0 && paused.length < all.length) {
    return plain("warn", m.health_some_paused({ count: paused.length, all: all.length }));
  }
  const [soonest] = paused.toSorted((a, b) => (pausedUntil(a) ?? 0) - (pausedUntil(b) ?? 0));
  if (soonest) return shownOf(soonest);
  const [worst] = all.toSorted((a, b) => weight(b) - weight(a));
  return worst ? shownOf(worst) : plain("off", m.health_never());
}

function weight(one: ModelHealth): number {
  if (one.breaker === "probing") return 3;
  if (one.breaker === "restoring") return 2;
  return one.last_failure === null ? 0 : 1;
}
