/** The test of a way, asked as a question is, and what came of it for whoever looks at it. */
import { asFailure, call, type Target, type TargetTried } from "../ipc";

export class WayTest {
  /** The way that is being asked. */
  asking = $state<string | null>(null);
  #found = $state.raw<{ way: string; tried: TargetTried } | null>(null);

  /** What came of the last test, where it was one of this way. */
  of(way: string): TargetTried | null {
    return this.#found?.way === way ? this.#found.tried : null;
  }

  async run(way: string, target: Target): Promise<void> {
    this.asking = way;
    this.#found = null;
    const tried = await answerOf(target);
    if (this.asking !== way) return;
    this.asking = null;
    this.#found = { way, tried };
  }
}

async function answerOf(target: Target): Promise<TargetTried> {
  try {
    return await call("try_target", { target });
  } catch (thrown) {
    return { card: null, failure: asFailure(thrown) };
  }
}
