/**
 * When a desk locks by itself.
 *
 * Counts from the last input by the wall clock, and notices sleep: while the
 * computer sleeps the wall clock runs and the monotonic one stands still.
 * Knows no timer; callers pass both clocks.
 */

/** Said before the desk locks for want of input. */
export const WARNING_MS = 20_000;
/** Differences below this are clock corrections. */
const SLEEP_MS = 30_000;

export interface Clocks {
  /** `Date.now()` */
  wall: number;
  /** `performance.now()` */
  monotonic: number;
}

export interface LockRule {
  /** Milliseconds without input; none for never. */
  after: number | null;
  onSuspend: boolean;
}

export type Idleness = "active" | "warn" | "lock";

export class IdleClock {
  #lastInput: number;
  #lastLook: Clocks;

  constructor(now: Clocks) {
    this.#lastInput = now.wall;
    this.#lastLook = now;
  }

  touched(now: Clocks): void {
    this.#lastInput = now.wall;
  }

  look(now: Clocks, rule: LockRule): Idleness {
    const slept =
      now.wall - this.#lastLook.wall - (now.monotonic - this.#lastLook.monotonic) > SLEEP_MS;
    this.#lastLook = now;
    if (slept && rule.onSuspend) return "lock";
    if (rule.after === null) return "active";
    const idle = now.wall - this.#lastInput;
    if (idle >= rule.after) return "lock";
    return idle >= rule.after - WARNING_MS ? "warn" : "active";
  }
}
