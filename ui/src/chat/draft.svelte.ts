/**
 * The unsent text, kept while it is typed.
 *
 * Each chat has one draft and the chat that does not exist yet has one, too.
 * A pause in typing, leaving the field and changing the chat all save it.
 * Long pastes stay beside the field: laying out 20,000 lines in a text field
 * takes seconds, and nobody types in them.
 */
import { call } from "../ipc";
import type { ChatId } from "../ipc";

/** Largest message in bytes of UTF-8, as the engine checks it. */
export const MAX_BYTES = 4 * 1024 * 1024;

const PAUSE = 400;

/** The size the engine will count, without encoding what is surely small. */
export function bytesOf(text: string): number {
  return text.length * 3 <= MAX_BYTES ? text.length : new TextEncoder().encode(text).length;
}

/** Longer text than this stays beside the field. */
const FIELD_HOLDS = 12_000;

/**
 * What of a text a field can hold, and the rest, which stays beside it. Laying
 * out more freezes the window; the cut is at the end of a line where there is one.
 */
export function parted(text: string): { head: string; rest: string } {
  if (text.length <= FIELD_HOLDS) return { head: text, rest: "" };
  const line = text.lastIndexOf("\n", FIELD_HOLDS) + 1;
  // A cut between the halves of one character would spoil both.
  const split = /[\uD800-\uDBFF]/.test(text.charAt(FIELD_HOLDS - 1)) ? 1 : 0;
  const cut = line > 0 ? line : FIELD_HOLDS - split;
  return { head: text.slice(0, cut), rest: text.slice(cut) };
}

/** The draft of the chat that is open. */
export class Draft {
  /** What is in the field. */
  text = $state("");
  /** Long pastes, in order; they follow the field's text when sent. */
  pasted = $state.raw<readonly string[]>([]);
  /** All of it, as it is saved and sent. */
  whole = $derived([this.text, ...this.pasted].filter((part) => part !== "").join("\n\n"));
  bytes = $derived(bytesOf(this.whole));
  /** Longer than a message may be; it is neither saved nor sent. */
  tooLong = $derived(this.bytes > MAX_BYTES);

  #chat: ChatId | null = null;
  #saved = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** Another chat is open; the old one's draft is saved first. */
  async show(chat: ChatId | null, text: string): Promise<void> {
    const saving = this.flush();
    this.#chat = chat;
    this.#saved = text;
    this.#hold(text);
    await saving;
  }

  /** Puts text back that could not be sent, unless something else was begun. */
  restore(text: string): void {
    if (this.whole !== "") return;
    this.#hold(text);
    this.#soon();
  }

  /** Takes a long paste out of the field's hands; false where the field can hold it. */
  paste(text: string): boolean {
    if (text.length <= FIELD_HOLDS) return false;
    this.pasted = [...this.pasted, text.replace(/\r\n?/g, "\n")];
    this.#soon();
    return true;
  }

  /** Takes a paste away again. */
  unpaste(at: number): void {
    this.pasted = this.pasted.filter((_, place) => place !== at);
    this.#soon();
  }

  /** The person typed. */
  typed(text: string): void {
    this.text = text;
    this.#soon();
  }

  /** The chat that did not exist yet exists now; what was typed meanwhile goes with it. */
  adopt(chat: ChatId): void {
    clearTimeout(this.#timer);
    if (this.#saved !== "") this.#last = this.#last.then(() => this.#save(null, ""));
    this.#chat = chat;
    this.#saved = "";
    if (this.whole !== "") this.#soon();
  }

  /** Takes the text to send it; the field is empty at once. */
  take(): string {
    const text = this.whole;
    clearTimeout(this.#timer);
    this.#hold("");
    return text;
  }

  /** Saves now. Saves run one after the other, so the last one wins. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    const text = this.whole;
    const chat = this.#chat;
    if (text === this.#saved || this.tooLong) return this.#last;
    this.#saved = text;
    this.#last = this.#last.then(() => this.#save(chat, text));
    return this.#last;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), PAUSE);
  }

  #hold(text: string): void {
    const long = text.length > FIELD_HOLDS;
    this.text = long ? "" : text;
    this.pasted = long ? [text] : [];
  }

  async #save(chat: ChatId | null, text: string): Promise<void> {
    try {
      await call("save_draft", { chat, text });
    } catch {
      // The text is still in the field; the next pause saves it again.
      if (this.#chat === chat && this.#saved === text) this.#saved = "\u0000";
    }
  }
}
