/** The signed versions of roles and policies: twenty at a time, the newest first. */
import { asFailure, call, type Failure, type PolicyVersion } from "../../ipc";

export class History {
  /** None before the first look. */
  versions = $state.raw<readonly PolicyVersion[] | null>(null);
  more = $state(false);
  loading = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Begins below this version; none from the newest on. */
  before = $state<number | null>(null);

  /** Begins anew. */
  async begin(before: number | null): Promise<void> {
    this.before = before;
    await this.#read(before, []);
  }

  /** Reads on below the oldest that is shown; tells whether something came. */
  async older(): Promise<boolean> {
    const shown = this.versions ?? [];
    return this.#read(shown.at(-1)?.version ?? this.before, shown);
  }

  async #read(before: number | null, shown: readonly PolicyVersion[]): Promise<boolean> {
    if (this.loading) return false;
    this.loading = true;
    this.failure = null;
    try {
      const { versions, more } = await call("read_policy_history", { before });
      this.versions = [...shown, ...versions];
      this.more = more;
      return versions.length > 0;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.loading = false;
    }
  }
}
