/**
 * Colours that follow growing code.
 *
 * What was coloured stays coloured while the code goes on behind it; the rest
 * is plain until the next look, so that nothing flickers.
 */
import { highlight, type Run } from "./highlight";

const BETWEEN_LOOKS = 200;

/** The colours of one code block. */
export class Colours {
  #runs = $state.raw<Run[]>([]);
  #done = $state("");
  #language = "";
  #text = "";
  #busy = false;

  /** The code in runs: coloured as far as it was looked at. */
  runs(text: string): Run[] {
    if (this.#done === "" || !text.startsWith(this.#done)) return [{ text, ink: null }];
    const rest = text.slice(this.#done.length);
    return rest === "" ? this.#runs : [...this.#runs, { text: rest, ink: null }];
  }

  /** The code changed. */
  look(language: string, text: string): void {
    this.#language = language;
    this.#text = text;
    if (!this.#busy && text !== this.#done) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#text !== this.#done) {
      const text = this.#text;
      const runs = await highlight(this.#language, text);
      if (runs === null) break;
      this.#runs = runs;
      this.#done = text;
      await new Promise((done) => setTimeout(done, BETWEEN_LOOKS));
    }
    this.#busy = false;
  }
}
