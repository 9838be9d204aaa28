/**
 * The shown branch of a chat: one row for each message, loaded where looked at.
 *
 * The branch's length is known from the first page on, so a row that was not
 * loaded yet has its place already and loading it moves nothing else.
 */
import { call } from "../ipc";
import type { ChatId, ChatPage, MessageId, MessageView } from "../ipc";

/** Messages in one page. */
export const PAGE = 40;

/** A message, or its place. */
export type Row = MessageView | null;

/** The rows of one branch. */
export class Transcript {
  rows = $state.raw<Row[]>([]);
  #chat: ChatId | null = null;
  #loading = new Set<number>();
  #generation = 0;

  /** Takes a page; another chat starts afresh, another branch shares so many rows with the shown one. */
  show(page: ChatPage, shared = 0): void {
    const kept = this.rows.slice(0, shared);
    this.#chat = page.chat.id;
    this.#generation += 1;
    this.#loading.clear();
    this.rows = Array.from({ length: page.branch_len }, (_, at): Row => kept[at] ?? null);
    this.#fill(page);
  }

  /** Nothing to show: a chat that does not exist yet. */
  clear(): void {
    this.#chat = null;
    this.#generation += 1;
    this.#loading.clear();
    this.rows = [];
  }

  /** Where a message stands; -1 where it is not loaded. */
  indexOf(message: MessageId): number {
    return this.rows.findLastIndex((row) => row?.message.id === message);
  }

  /** The last answer that is loaded. */
  lastAnswer(): MessageView | null {
    return this.rows.findLast((row) => row?.message.author === "assistant") ?? null;
  }

  /** Loads what is missing between two rows and a page around them. */
  async want(first: number, last: number): Promise<void> {
    const from = Math.max(0, Math.floor((first - PAGE / 2) / PAGE));
    const to = Math.min(
      Math.ceil(this.rows.length / PAGE) - 1,
      Math.floor((last + PAGE / 2) / PAGE),
    );
    const pages = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
    await Promise.all(
      pages.filter((page) => this.#incomplete(page)).map((page) => this.#load(page)),
    );
  }

  /** A new question and its answer at the end of the branch, or an answer that takes a place anew. */
  put(views: MessageView[]): void {
    let rows = [...this.rows];
    for (const view of views) {
      const at = rows.findLastIndex((row) => row?.message.id === view.message.id);
      if (at >= 0) {
        rows[at] = view;
        continue;
      }
      const parent = rows.findLastIndex(
        (row) => row !== null && row.message.id === view.message.parent,
      );
      const place = view.message.parent === null ? 0 : parent < 0 ? rows.length : parent + 1;
      // What stood at this place belongs to another version now.
      rows = [...rows.slice(0, place), view];
    }
    this.rows = rows;
  }

  /** A message as it is stored now; its place stays. */
  replace(view: MessageView): void {
    const at = this.indexOf(view.message.id);
    if (at >= 0) this.rows = this.rows.with(at, view);
  }

  #incomplete(page: number): boolean {
    return (
      !this.#loading.has(page) && this.rows.slice(page * PAGE, (page + 1) * PAGE).includes(null)
    );
  }

  async #load(page: number): Promise<void> {
    if (this.#chat === null) return;
    const generation = this.#generation;
    this.#loading.add(page);
    try {
      const loaded = await call("load_messages", {
        chat: this.#chat,
        from: page * PAGE,
        limit: PAGE,
      });
      if (generation === this.#generation) this.#fill(loaded);
    } catch {
      // The rows stay places; looking at them again asks again.
    } finally {
      if (generation === this.#generation) this.#loading.delete(page);
    }
  }

  #fill(page: ChatPage): void {
    const rows = [...this.rows];
    for (const [at, view] of page.messages.entries()) {
      const place = page.from + at;
      if (place < rows.length) rows[place] = rows[place] ?? view;
    }
    this.rows = rows;
  }
}
