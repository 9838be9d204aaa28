/** What the parts of the desk's screen share; whose desk it is, `useDesk()` knows. */
import { createContext } from "svelte";
import type { History } from "../history/history.svelte";
import type { ChatId, MessageId } from "../ipc";
import type { Chat } from "./chat.svelte";
import type { Models } from "./models.svelte";

/** The chats of the open desk, and the ways between them. */
export interface DeskScene {
  readonly chat: Chat;
  readonly history: History;
  readonly models: Models;
  openSearch(): void;
  openChat(chat: ChatId, around?: MessageId): void;
  newChat(): void;
  /** Puts the focus where the next words are written. */
  focusField(): void;
}

export const [scene, provideScene] = createContext<DeskScene>();
