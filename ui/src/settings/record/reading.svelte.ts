/**
 * The record while it is read: what is asked for, what has come, and how the last check went.
 *
 * Pages follow each other by the number of the last event, so that what is recorded meanwhile
 * neither repeats nor hides one.
 */
import { asFailure, call, type Failure, type RecordedEvent, type RecordReport } from "../../ipc";
import { type Group, kindsOf } from "./kinds";

const PAGE = 100;

export interface Wanted {
  /** The pseudonym of a member; none for everybody. */
  person: string | null;
  group: Group | null;
  newestFirst: boolean;
}

/** What a check came to, and when. */
export interface Checked {
  report: RecordReport;
  /** When the first event was. */
  since: number | null;
  at: number;
}

export class RecordReading {
  wanted = $state.raw<Wanted>({ person: null, group: null, newestFirst: true });
  /** None before the first page is there. */
  events = $state.raw<RecordedEvent[] | null>(null);
  /** The number of the event that is shown whole. */
  chosen = $state<number | null>(null);
  more = $state(false);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  checked = $state.raw<Checked | null>(null);
  checkFailure = $state.raw<Failure | null>(null);
  checking = $state(false);
  /** An answer to what is not asked any more is dropped. */
  #question = 0;

  get filtered(): boolean {
    return this.wanted.person !== null || this.wanted.group !== null;
  }

  /** Asks for something else, from its first page on. */
  async want(change: Partial<Wanted>): Promise<void> {
    this.wanted = { ...this.wanted, ...change };
    await this.load();
  }

  async load(): Promise<void> {
    await this.#read(null);
  }

  /** The next page behind what is here; how many came with it. */
  async showMore(): Promise<number> {
    const before = this.events ?? [];
    await this.#read(before.at(-1)?.sequence ?? null);
    return (this.events ?? []).length - before.length;
  }

  async #read(beyond: number | null): Promise<void> {
    this.#question += 1;
    const question = this.#question;
    const { person, group, newestFirst } = this.wanted;
    this.loading = true;
    try {
      const page = await call("read_record", {
        newest_first: newestFirst,
        beyond,
        limit: PAGE,
        actor: person,
        kinds: group === null ? [] : [...kindsOf(group)],
      });
      if (question !== this.#question) return;
      this.events = beyond === null ? page.events : [...(this.events ?? []), ...page.events];
      this.more = page.more;
      this.failure = null;
      this.#keepChosen();
    } catch (thrown) {
      if (question !== this.#question) return;
      this.failure = asFailure(thrown);
      if (beyond !== null) return;
      // What is here answers another question.
      [this.events, this.more] = [null, false];
      this.#keepChosen();
    } finally {
      if (question === this.#question) this.loading = false;
    }
  }

  /** What is not listed any more is not shown whole either. */
  #keepChosen(): void {
    if (!this.events?.some((one) => one.sequence === this.chosen)) this.chosen = null;
  }

  /** Verifies every event, from the first to the last. */
  async check(): Promise<void> {
    this.checking = true;
    try {
      const report = await call("verify_record", { quick: false });
      this.checked = { report, since: await firstAt(), at: Date.now() };
      this.checkFailure = null;
    } catch (thrown) {
      this.checkFailure = asFailure(thrown);
    } finally {
      this.checking = false;
    }
  }
}

/** When the record begins; whether it holds is no less true where that cannot be read. */
async function firstAt(): Promise<number | null> {
  const first = { newest_first: false, beyond: null, limit: 1, actor: null, kinds: [] };
  try {
    return (await call("read_record", first)).events[0]?.at ?? null;
  } catch {
    return null;
  }
}
