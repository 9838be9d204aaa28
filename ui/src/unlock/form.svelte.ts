/**
 * A form that runs one command: busy while it runs, and why it failed.
 *
 * Missing entries are named after the first attempt, not while typing.
 */
import { asFailure, type Failure } from "../ipc";

export class Form {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** True once it was sent: time to name what is missing. */
  tried = $state(false);

  /** Runs `work` unless something is missing or under way. */
  async send(problems: readonly string[], work: () => Promise<void>): Promise<void> {
    this.tried = true;
    if (this.busy || problems.some(Boolean)) return;
    this.busy = true;
    this.failure = null;
    try {
      await work();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** A problem, once it is time to show it. */
  shown(problem: string): string | null {
    return this.tried && problem ? problem : null;
  }
}
