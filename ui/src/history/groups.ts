/** The sidebar's order: pinned, then by the day a chat was last used. */
import type { ChatSummary } from "../ipc";

/** A heading of the sidebar. */
export type GroupKey =
  | { kind: "pinned" | "today" | "yesterday" | "week" }
  | { kind: "month"; year: number; month: number };

/** Chats under one heading. */
export interface Group {
  id: string;
  key: GroupKey;
  chats: ChatSummary[];
}

/** Midnight of the day, so many days ago, in the machine's own time zone. */
function midnight(now: number, daysAgo: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() - daysAgo).getTime();
}

function keyOf(chat: ChatSummary, now: number): GroupKey {
  if (chat.pinned) return { kind: "pinned" };
  if (chat.last_at >= midnight(now, 0)) return { kind: "today" };
  if (chat.last_at >= midnight(now, 1)) return { kind: "yesterday" };
  if (chat.last_at >= midnight(now, 7)) return { kind: "week" };
  const day = new Date(chat.last_at);
  return { kind: "month", year: day.getFullYear(), month: day.getMonth() };
}

/** Chats, already in the sidebar's order, under their headings. */
export function grouped(chats: ChatSummary[], now: number): Group[] {
  const groups: Group[] = [];
  for (const chat of chats) {
    const key = keyOf(chat, now);
    const id = key.kind === "month" ? `${key.year}-${key.month}` : key.kind;
    const known = groups.find((group) => group.id === id);
    if (known) known.chats.push(chat);
    else groups.push({ id, key, chats: [chat] });
  }
  return groups;
}

/** Pinned first, then the newest; the id decides between equals. */
export function inOrder(chats: ChatSummary[]): ChatSummary[] {
  return chats.toSorted(
    (one, other) =>
      Number(other.pinned) - Number(one.pinned) ||
      other.last_at - one.last_at ||
      (one.id < other.id ? 1 : -1),
  );
}
