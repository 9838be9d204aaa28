/**
 * A form that runs one command: busy while it runs, and why it failed.
 *
 * Missing entries are named after the first attempt, not while typing; the
 * first field with a problem then takes the focus.
 */
import { tick } from "svelte";
import type { Attachment } from "svelte/attachments";
import { asFailure, type Failure } from "../ipc";

export class Form {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** True once it was sent: time to name what is missing. */
  tried = $state(false);
  #place: HTMLElement | null = null;

  /** Attached to what holds the fields. */
  readonly holder: Attachment<HTMLElement> = (element) => {
    this.#place = element;
    return () => {
      this.#place = null;
    };
  };

  /** Runs `work` unless something is missing or under way. */
  async send(problems: readonly string[], work: () => Promise<void>): Promise<void> {
    this.tried = true;
    if (this.busy) return;
    if (problems.some(Boolean)) return this.#pointOut();
    this.busy = true;
    this.failure = null;
    try {
      await work();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
    if (this.failure !== null) await this.#pointOut();
  }

  /** A problem, once it is time to show it. */
  shown(problem: string): string | null {
    return this.tried && problem ? problem : null;
  }

  async #pointOut(): Promise<void> {
    await tick();
    this.#place?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }
}
