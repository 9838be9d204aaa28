/**
 * Search and commands in one list.
 *
 * Each letter searches at once, one search at a time: letters typed meanwhile
 * are searched together when it is answered, and an answer to fewer letters is
 * dropped. A leading `>` shows commands only.
 */
import { failureText } from "../i18n";
import { asFailure, call } from "../ipc";
import type { ChatSummary, SearchHit } from "../ipc";
import type { IconName } from "../kit";

/** Something the palette can do. */
export interface Command {
  id: string;
  label: string;
  icon: IconName;
  keys: string;
  run: () => void;
}

/** One line of the palette. */
export type Entry =
  | { kind: "hit"; id: string; hit: SearchHit }
  | { kind: "chat"; id: string; chat: ChatSummary }
  | { kind: "command"; id: string; command: Command };

/** The filters that the search understands. */
export const FILTERS = ["from:", "model:", "before:", "after:", "pinned:", "archived:"] as const;

const LIMIT = 30;
/** As the engine checks it, in characters. */
export const MAX_QUERY = 500;

/** What is typed, found and selected. */
export class Palette {
  query = $state("");
  selected = $state(0);
  searching = $state(false);
  failure = $state<string | null>(null);
  /** The query that the results belong to. */
  answered = $state("");
  #hits = $state.raw<SearchHit[]>([]);
  #chats = $state.raw<ChatSummary[]>([]);
  #commands = $state.raw<Command[]>([]);
  #ask: (query: string) => Command | null = () => null;
  #asked = 0;
  /** A search is being answered. */
  #busy = false;

  entries = $derived.by((): Entry[] => [
    ...this.#hits.map((hit): Entry => ({ kind: "hit", id: `hit-${hit.message}`, hit })),
    ...this.#chats.map((chat): Entry => ({ kind: "chat", id: `chat-${chat.id}`, chat })),
    ...this.#matching().map((command): Entry => ({
      kind: "command",
      id: `command-${command.id}`,
      command,
    })),
  ]);
  current = $derived(this.entries[this.selected] ?? null);

  /** Begins anew with what can be done now, and with what was typed. */
  open(commands: Command[], ask: (query: string) => Command | null = () => null): void {
    this.#commands = commands;
    this.#ask = ask;
    this.type("");
  }

  /** The person typed. */
  type(query: string): void {
    this.query = [...query].slice(0, MAX_QUERY).join("");
    this.selected = 0;
    this.#asked += 1;
    const words = this.query.trim();
    if (words === "" || words.startsWith(">")) {
      this.searching = false;
      this.#take([], [], words);
      return;
    }
    this.searching = true;
    if (!this.#busy) void this.#search(words, this.#asked);
  }

  /** Adds a filter to the query. */
  narrow(filter: string): void {
    const query = this.query.trimEnd();
    this.type(query === "" ? filter : `${query} ${filter}`);
  }

  /** Moves the choice, round the ends. */
  move(by: number): void {
    const count = this.entries.length;
    if (count > 0) this.selected = (this.selected + by + count) % count;
  }

  async #search(query: string, asked: number): Promise<void> {
    this.#busy = true;
    try {
      const found = await call("search", { query, limit: LIMIT });
      if (asked === this.#asked) this.#take(found.hits, found.chats, query);
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.#take([], [], query);
      this.failure = failureText(asFailure(thrown));
    } finally {
      this.#busy = false;
      if (asked === this.#asked) this.searching = false;
      else if (this.searching) void this.#search(this.query.trim(), this.#asked);
    }
  }

  #take(hits: SearchHit[], chats: ChatSummary[], query: string): void {
    this.#hits = hits;
    this.#chats = chats;
    this.answered = query;
    this.failure = null;
    this.selected = 0;
  }

  #matching(): Command[] {
    const only = this.query.trimStart().startsWith(">");
    const query = this.query.replace(/^\s*>/, "").trim();
    if (query === "") return this.#commands;
    const words = query.toLowerCase().split(/\s+/);
    const matching = this.#commands.filter(({ label }) =>
      words.every((word) => label.toLowerCase().includes(word)),
    );
    const ask = only ? null : this.#ask(query);
    return ask === null ? matching : [ask, ...matching];
  }
}
