/** A scripted core for the tests of this folder and of the sidebar. */
import type { ChatPage, ChatSummary, MessageView, TurnBatch, TurnEvent } from "../ipc";
import { useTransport } from "../ipc/transport";

type Answer = (request: never) => unknown;

/** What was sent, and the sink of the last question. */
export interface Scripted {
  sent: [string, unknown][];
  push: (batch: TurnBatch) => void;
  named(name: string): unknown[];
}

/** Puts a scripted core in the shell's place. */
export function script(answers: Record<string, Answer>): Scripted {
  const scripted: Scripted = {
    sent: [],
    push: () => undefined,
    named: (name) => scripted.sent.filter(([each]) => each === name).map(([, request]) => request),
  };
  const call = async (name: string, request: unknown): Promise<unknown> => {
    scripted.sent.push([name, request]);
    await Promise.resolve();
    return answers[name]?.(request as never) ?? {};
  };
  useTransport({
    call,
    stream: (name, request, onBatch) => {
      scripted.push = onBatch;
      return call(name, request);
    },
  });
  return scripted;
}

/** Lets everything that waits for a resolved promise run. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
}

/** A chat of the sidebar. */
export function summary(id: string, more: Partial<ChatSummary> = {}): ChatSummary {
  return {
    id,
    title: id,
    last_at: 0,
    pinned: false,
    archived: false,
    unread: false,
    target: null,
    class: "internal",
    ...more,
  };
}

/** A message in its place. */
export function message(
  id: string,
  parent: string | null,
  text: string,
  chat = "chat",
): MessageView {
  const author = id.startsWith("q") ? "user" : "assistant";
  return {
    message: {
      id,
      chat,
      parent,
      author,
      text,
      reasoning: "",
      finish: "complete",
      created_at: 0,
      provenance: null,
    },
    versions: [id],
    streaming: false,
  };
}

/** A page of a chat whose branch is so long. */
export function page(
  chat: string,
  length: number,
  from: number,
  messages: MessageView[],
): ChatPage {
  return { chat: summary(chat), branch_len: length, from, messages, draft: "", running: null };
}

/** A numbered batch of the turn "turn". */
export function batch(seq: number, ...events: TurnEvent[]): TurnBatch {
  return { turn: "turn", seq, events };
}

/** The first event of an answer "a1" to "q1". */
export function opened(text = "", chat = "chat"): TurnEvent {
  return {
    kind: "opened",
    chat: summary(chat),
    question: message("q1", null, "Why?", chat),
    answer: { ...message("a1", "q1", text, chat), streaming: true },
  };
}

/** The last event of the answer "a1". */
export function settled(more: Partial<ChatSummary> = {}): TurnEvent {
  return { kind: "settled", chat: summary("chat", more), answer: "a1", failure: null };
}
