/** A checkpoint while it is signed and saved as a file; why that failed. */
import { asFailure, call, type Failure } from "../../ipc";

export class CheckpointSaving {
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Where the file is; none where that failed. */
  async save(): Promise<string | null> {
    this.busy = true;
    this.failure = null;
    try {
      return (await call("make_checkpoint", { save: true })).saved;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
