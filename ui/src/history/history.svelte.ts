/** The chats of the desk, as far as they were looked at. */
import { asFailure, call } from "../ipc";
import type { ChatId, ChatSummary, DataClass, Failure } from "../ipc";
import { grouped, inOrder } from "./groups";

const PAGE = 100;

/** The sidebar's list. */
export class History {
  chats = $state.raw<ChatSummary[]>([]);
  archived = $state(false);
  more = $state(false);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** Midnight moves chats to another heading; the screen sets this now and then. */
  now = $state(Date.now());
  groups = $derived(grouped(this.chats, this.now));

  #loading = false;
  #generation = 0;

  /** Loads the list's start: the archive or the rest. */
  async show(archived: boolean): Promise<void> {
    this.archived = archived;
    this.#generation += 1;
    this.#loading = false;
    await this.#load(null);
  }

  /** Loads on, where there is more. */
  async next(): Promise<void> {
    const last = this.chats.findLast((chat) => !chat.pinned) ?? this.chats.at(-1);
    if (this.more && last !== undefined) await this.#load(last.id);
  }

  /** A chat as it is now: put in its place, or taken out where it belongs to the other list. */
  touch(chat: ChatSummary): void {
    const others = this.chats.filter((each) => each.id !== chat.id);
    this.chats = chat.archived === this.archived ? inOrder([...others, chat]) : others;
  }

  /** The chat is gone. */
  forget(chat: ChatId): void {
    this.chats = this.chats.filter((each) => each.id !== chat);
  }

  /** The answer was looked at. */
  read(chat: ChatId): void {
    const known = this.chats.find((each) => each.id === chat);
    if (known?.unread === true) this.touch({ ...known, unread: false });
  }

  /** Changes what the sidebar shows of a chat. Rejects with the failure. */
  async change(
    chat: ChatId,
    to: { title?: string; pinned?: boolean; archived?: boolean; class?: DataClass },
  ): Promise<ChatSummary> {
    const { title = null, pinned = null, archived = null, class: of = null } = to;
    const changed = await call("update_chat", { chat, title, pinned, archived, class: of });
    this.touch(changed);
    return changed;
  }

  /** Deletes a chat for good. Rejects with the failure. */
  async remove(chat: ChatId): Promise<void> {
    await call("delete_chat", { chat });
    this.forget(chat);
  }

  async #load(before: ChatId | null): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    const generation = this.#generation;
    try {
      const page = await call("list_chats", { archived: this.archived, before, limit: PAGE });
      if (generation !== this.#generation) return;
      const known = before === null ? [] : this.chats;
      const ids = new Set(page.chats.map((chat) => chat.id));
      this.chats = inOrder([...known.filter((chat) => !ids.has(chat.id)), ...page.chats]);
      this.more = page.more;
      this.loaded = true;
      this.failure = null;
    } catch (thrown) {
      if (generation === this.#generation) this.failure = asFailure(thrown);
    } finally {
      if (generation === this.#generation) this.#loading = false;
    }
  }
}
