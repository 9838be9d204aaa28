/**
 * The unsent text, kept while it is typed.
 *
 * Each chat has one draft and the chat that does not exist yet has one, too.
 * A pause in typing, leaving the field and changing the chat all save it.
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

/** The draft of the chat that is open. */
export class Draft {
  text = $state("");
  /** Longer than a message may be; it is neither saved nor sent. */
  tooLong = $derived(bytesOf(this.text) > MAX_BYTES);

  #chat: ChatId | null = null;
  #saved = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** Another chat is open; the old one's draft is saved first. */
  async show(chat: ChatId | null, text: string): Promise<void> {
    const saving = this.flush();
    this.#chat = chat;
    this.#saved = text;
    this.text = text;
    await saving;
  }

  /** The person typed. */
  typed(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), PAUSE);
  }

  /** The chat that did not exist yet exists now; what was typed meanwhile goes with it. */
  adopt(chat: ChatId): void {
    clearTimeout(this.#timer);
    if (this.#saved !== "") this.#last = this.#last.then(() => this.#save(null, ""));
    this.#chat = chat;
    this.#saved = "";
    if (this.text !== "") this.typed(this.text);
  }

  /** Takes the text to send it; the field is empty at once. */
  take(): string {
    const text = this.text;
    clearTimeout(this.#timer);
    this.text = "";
    return text;
  }

  /** Saves now. Saves run one after the other, so the last one wins. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    const { text } = this;
    const chat = this.#chat;
    if (text === this.#saved || this.tooLong) return this.#last;
    this.#saved = text;
    this.#last = this.#last.then(() => this.#save(chat, text));
    return this.#last;
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
