/**
 * What the draft would cost at most and what is left, as the core says it.
 *
 * Asks when typing pauses, and soon after anything else changed; one call at a time, and
 * what was asked last counts. Nothing is sent and nothing is held by it.
 */
import { untrack } from "svelte";
import type { Desk } from "../desk/desk.svelte";
import { call } from "../ipc";
import type { Estimate, Estimated, LimitStanding } from "../ipc";
import type { DeskScene } from "./context";
import { keyOf } from "./targets";

/** How long typing rests before the price is asked, in milliseconds. */
export const PAUSE = 400;
/** Changes within it are asked about once. */
export const TOGETHER = 50;

/** Where a question would go; a price holds only there. */
const placeOf = ({ target, chat, class: of }: Estimate) =>
  `${chat ?? ""} ${keyOf(target)} ${of ?? ""}`;

const same = (one: Estimate, other: Estimate) =>
  one.text === other.text && placeOf(one) === placeOf(other);

/** The price of the draft, kept up to date. */
export class Estimating {
  /** Of the limits on money the one with the least left; none without any. */
  left = $state.raw<LimitStanding | null>(null);
  /** How often the core answered: what shows limits reads them again. */
  answers = $state(0);
  #found = $state.raw<{ of: string; estimated: Estimated } | null>(null);
  /** Of what is written, for whom and where it would go now. */
  price = $derived.by((): Estimated | null => {
    const draft = this.draft();
    if (draft === null || draft.text === "") return null;
    return this.#found?.of === placeOf(draft) ? this.#found.estimated : null;
  });

  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: Estimate | null = null;
  #asking = false;
  #again = false;

  /** `draft` is what would be asked now; none where nothing should be. */
  constructor(private readonly draft: () => Estimate | null) {}

  /** Something was typed, or taken away. */
  typed(): void {
    // The price of what was sent is not that of what comes next.
    if ((this.draft()?.text ?? "") === "") this.#forget();
    this.#after(PAUSE);
  }

  /** What was asked last may have another answer now. */
  changed(): void {
    this.#asked = null;
    this.#after(TOGETHER);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#again = false;
  }

  #forget(): void {
    this.#found = null;
    // An answer under way is about what is gone.
    this.#again = this.#asking;
  }

  #after(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ask(), ms);
  }

  async #ask(): Promise<void> {
    if (this.#asking) {
      this.#again = true;
      return;
    }
    const draft = this.draft();
    if (draft === null || (this.#asked !== null && same(draft, this.#asked))) return;
    this.#asked = draft;
    this.#asking = true;
    const estimated = await call("estimate", draft).catch(() => null);
    this.#asking = false;
    if (this.#again) {
      this.#again = false;
      void this.#ask();
    } else this.#take(draft, estimated);
  }

  #take(draft: Estimate, estimated: Estimated | null): void {
    if (estimated === null) {
      // Whether it can be asked at all is said when it is sent.
      this.#asked = null;
      this.#found = null;
      return;
    }
    this.left = estimated.left;
    // An empty field has no price, and what is written meanwhile has another one.
    this.#found = draft.text === "" ? null : { of: placeOf(draft), estimated };
    this.answers += 1;
  }
}

/** Follows the composer of the open chat, for as long as the component lives. */
export function followComposer({ chat, models }: DeskScene, desk: Desk): Estimating {
  const estimating = new Estimating(() => {
    const { whole, tooLong } = chat.draft;
    const written = whole.trim() !== "";
    // Whoever may ask nothing would be refused, and that would be recorded.
    if (tooLong || !desk.may("chat.send") || (!written && desk.state.guest)) return null;
    // Without text only what is left is wanted; that needs no chat to be read.
    return {
      target: chat.target,
      chat: written ? (chat.summary?.id ?? null) : null,
      text: written ? whole : "",
      class: chat.summary === null ? chat.newClass : null,
    };
  });
  const decided = $derived(desk.news.decided);
  $effect(() => {
    void chat.draft.whole;
    untrack(() => estimating.typed());
  });
  // Whom and where it goes to, what they cost, what was used, what an admin granted.
  $effect(() => {
    void [chat.target, chat.summary, chat.newClass, models.all, models.routes, chat.ended, decided];
    if (models.loaded) estimating.changed();
  });
  $effect(() => () => estimating.stop());
  return estimating;
}
