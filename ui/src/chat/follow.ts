/**
 * Whether the transcript stays at its end while an answer grows.
 *
 * It follows until the person moves away, and follows again once they are back
 * at the end. What the page does by itself (growing, measuring) never decides.
 */

/** Where a scrolled view stands. */
export interface View {
  top: number;
  height: number;
  whole: number;
}

/** Nearer than this to the end counts as at the end. */
const NEAR = 48;

/** How far the end lies below what can be seen. */
export function below({ top, height, whole }: View): number {
  return Math.max(0, whole - height - top);
}

/** The decision, kept apart from the page. */
export class Follow {
  #following = true;
  #last: View = { top: 0, height: 0, whole: 0 };
  #byHand = false;

  get following(): boolean {
    return this.#following;
  }

  /** The person touched wheel, keys, scroll bar or screen; the next movement is theirs. */
  handled(): void {
    this.#byHand = true;
  }

  /** The view moved, for whatever reason. */
  moved(view: View): void {
    const up = view.top < this.#last.top - 1;
    const grew = view.whole !== this.#last.whole || view.height !== this.#last.height;
    if (below(view) <= NEAR) this.#following = true;
    else if (this.#byHand && (up || !grew)) this.#following = false;
    this.#last = view;
    this.#byHand = false;
  }

  /** The person wants the end again. */
  resume(): void {
    this.#following = true;
  }

  /** The person goes to a certain message. */
  release(): void {
    this.#following = false;
  }
}
