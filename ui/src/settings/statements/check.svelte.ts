/**
 * Whether a policy holds, as Cedar says, while it is written.
 *
 * Asks when the text rests, and at once where somebody wants to know. Only the answer about
 * what stands there now is shown.
 */
import { asFailure, call, type Failure, type HandWritten } from "../../ipc";

/** How long a text has to stay as it is, in milliseconds. */
export const REST_MS = 700;

/** Something has to be asked under a name, also before it has one. */
const NAMELESS = "policy";

export type Verdict =
  | { kind: "none" | "asking" | "holds" }
  /** In Cedar's words. */
  | { kind: "wrong"; words: string }
  | { kind: "failed"; failure: Failure };

export class Check {
  verdict = $state.raw<Verdict>({ kind: "none" });
  #asked = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** It is being written: whatever was said is not about this. */
  touch(written: HandWritten): void {
    this.stop();
    this.verdict = { kind: "none" };
    if (written.text.trim() === "") return;
    this.#rest = setTimeout(() => void this.ask(written), REST_MS);
  }

  async ask({ id, text }: HandWritten): Promise<void> {
    this.stop();
    const question = this.#asked;
    this.verdict = { kind: "asking" };
    const verdict = await answered({ id: id.trim() || NAMELESS, text });
    if (question === this.#asked) this.verdict = verdict;
  }

  /** No answer that is on its way is wanted any more. */
  stop(): void {
    clearTimeout(this.#rest);
    this.#asked += 1;
  }
}

async function answered(written: HandWritten): Promise<Verdict> {
  try {
    const { problem } = await call("check_statement", written);
    return problem === null ? { kind: "holds" } : { kind: "wrong", words: problem };
  } catch (thrown) {
    return { kind: "failed", failure: asFailure(thrown) };
  }
}
