/**
 * The usage page while it is open: what is asked for, and what came.
 *
 * An answer to what is not asked any more is dropped. Adds nothing up; the core does.
 */
import {
  asFailure,
  call,
  type Failure,
  type OwnLimits,
  type ReadUsage,
  type UsageChoice,
  type UsageView,
} from "../ipc";

/** What came, to which question and when. */
export interface Shown {
  asked: ReadUsage;
  view: UsageView;
  at: number;
}

export class Usage {
  wanted = $state.raw<ReadUsage>({ of: { kind: "me" }, period: "month", back: 0 });
  /** None before the first answer, and after a failure. */
  shown = $state.raw<Shown | null>(null);
  failure = $state.raw<Failure | null>(null);
  reading = $state(false);
  /** Whose use this person may see, as it was said last. */
  choices = $state.raw<readonly UsageChoice[]>([]);
  limits = $state.raw<OwnLimits | null>(null);
  limitsFailure = $state.raw<Failure | null>(null);
  exporting = $state(false);
  exportFailure = $state.raw<Failure | null>(null);
  #question = 0;

  get own(): boolean {
    return this.wanted.of.kind === "me";
  }

  /** Asks for something else; another length of time begins at the present one. */
  async want(change: Partial<ReadUsage>): Promise<void> {
    const back = change.period === undefined ? this.wanted.back : 0;
    this.wanted = { ...this.wanted, back, ...change };
    // Nobody's amounts stand below another's name.
    if (change.of) this.shown = null;
    this.exportFailure = null;
    await this.read();
  }

  async read(): Promise<void> {
    this.#question += 1;
    const question = this.#question;
    const asked = this.wanted;
    this.reading = true;
    try {
      const view = await call("read_usage", asked);
      if (question !== this.#question) return;
      this.shown = { asked, view, at: Date.now() };
      this.choices = view.choices;
      this.failure = null;
    } catch (thrown) {
      if (question !== this.#question) return;
      [this.shown, this.failure] = [null, asFailure(thrown)];
    } finally {
      if (question === this.#question) this.reading = false;
    }
  }

  /** How the person's own limits stand. */
  async look(): Promise<void> {
    try {
      this.limits = await call("own_limits");
      this.limitsFailure = null;
    } catch (thrown) {
      this.limitsFailure = asFailure(thrown);
    }
  }

  /** Writes what is shown as a file; where it is, or nothing where that failed. */
  async save(): Promise<string | null> {
    this.exporting = true;
    this.exportFailure = null;
    try {
      return (await call("export_usage", this.wanted)).path;
    } catch (thrown) {
      this.exportFailure = asFailure(thrown);
      return null;
    } finally {
      this.exporting = false;
    }
  }
}
