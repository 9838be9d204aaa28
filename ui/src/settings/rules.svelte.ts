/**
 * What an admin allows everyone in the workspace, and the changes to it.
 *
 * The rules are signed as one: each change is written over what holds at that moment, one
 * after the other, so that none takes back what another one set.
 */
import { asFailure, call, type Failure, type WorkspaceRules } from "../ipc";

export class Rules {
  /** As they are, or will be once the core has the changes. */
  known = $state.raw<WorkspaceRules | null>(null);
  failure = $state.raw<Failure | null>(null);
  #signed: WorkspaceRules | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  async read(): Promise<void> {
    try {
      this.known = this.#signed = await call("read_rules");
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** Rejects with the failure; the rules then stand as before. */
  async change(change: Partial<WorkspaceRules>): Promise<void> {
    if (this.known !== null) this.known = { ...this.known, ...change };
    this.#waiting += 1;
    const writing = this.#last.then(() => this.#write(change));
    this.#last = writing.catch(() => undefined);
    try {
      await writing;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.known = this.#signed;
    }
  }

  async #write(change: Partial<WorkspaceRules>): Promise<void> {
    const now = await call("read_rules");
    this.#signed = await call("write_rules", { ...now, ...change });
  }
}
