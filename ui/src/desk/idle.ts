/**
 * When a window tells the engine that somebody is there, and when it asks
 * how long the desk stays open.
 *
 * The engine counts for all windows of a desk and locks it. A window reports
 * its input, at most every few seconds, so that the person can be warned.
 * Knows no timer; callers say what time it is.
 */

/** Said before the desk locks for want of input. */
export const WARNING_S = 20;
/** Input is reported, and the rest of the time asked for, this often. */
const REPORT_EVERY_MS = 5_000;

export class InputReport {
  /** Somebody used the window since the last report. */
  #used = true;
  #reportedAt = Number.NEGATIVE_INFINITY;
  /** Seconds that were left at the last report; none for ever. */
  #left: number | null = null;

  touched(): void {
    this.#used = true;
  }

  /** True while the person should be warned. */
  get warns(): boolean {
    return this.#left !== null && this.#left <= WARNING_S;
  }

  /** The report that is due, if one is: whether the window was used since the last. */
  due(now: number): boolean | null {
    const atOnce = this.warns && this.#used;
    if (!atOnce && now - this.#reportedAt < REPORT_EVERY_MS) return null;
    this.#reportedAt = now;
    const used = this.#used;
    this.#used = false;
    return used;
  }

  answered(left: number | null): void {
    this.#left = left;
  }
}
