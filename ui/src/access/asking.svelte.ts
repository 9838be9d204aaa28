/**
 * What a person asks about their access: why something is refused, and for what they ask.
 *
 * Holds which of its dialogs is open, and their requests as they were read last. Knows
 * no policy: the core answers.
 */
import { isClassRule } from "../chat/classes";
import { m } from "../i18n";
import {
  asFailure,
  call,
  type Denied,
  type Failure,
  type LimitMeasure,
  type OwnLimits,
  type RequestView,
  type Row,
  type Subject,
} from "../ipc";

/** What the dialog asks for: one thing, or more of a limit that is chosen there. */
export type Wanted =
  { kind: "access"; row: Row; label: string | null } | { kind: "more"; limits: OwnLimits };

export class Asking {
  /** Something refused, while its reason is shown. */
  why = $state.raw<Denied | null>(null);
  /** What decided beside who the person is, in words: the data class of a text. */
  because = $state.raw<string | null>(null);
  wanted = $state.raw<Wanted | null>(null);
  /** The person's own requests, the open ones first; none until they were read. */
  requests = $state.raw<readonly RequestView[] | null>(null);
  failure = $state.raw<Failure | null>(null);

  /** Shows why something is refused. */
  readonly explain = (
    denied: Denied,
    rules: readonly string[] = [],
    because: string | null = null,
  ): void => {
    this.why = denied;
    this.because = because ?? (rules.some(isClassRule) ? m.class_keeps() : null);
  };

  /** Asks for something, in place of the reason that led there. */
  ask(wanted: Wanted): void {
    this.why = null;
    this.wanted = wanted;
  }

  async read(): Promise<void> {
    try {
      this.#keep((await call("list_requests")).requests);
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  async send(subject: Subject, amount: number | null, reason: string): Promise<void> {
    this.#keep((await call("ask_for", { subject, amount, reason })).requests);
  }

  async takeBack({ id }: RequestView): Promise<void> {
    this.#keep((await call("withdraw_request", { id })).requests);
  }

  #keep(requests: readonly RequestView[]): void {
    this.requests = requests.filter((one) => one.is_mine);
  }
}

/** Measures of which more can be asked for; nothing where that can not be found out. */
export async function askable(): Promise<OwnLimits | null> {
  try {
    const limits = await call("own_limits");
    return limits.askable.length > 0 ? limits : null;
  } catch {
    return null;
  }
}

export const sameMeasure = (one: LimitMeasure, other: LimitMeasure) =>
  JSON.stringify(one) === JSON.stringify(other);
