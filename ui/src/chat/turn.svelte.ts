/**
 * One turn as it is written: numbered batches in, a growing answer out.
 *
 * Batches come pushed (the window that asked) or fetched (any other window,
 * and after a reload). Both ways end in `take`, which applies each batch once
 * and in order, and asks for what is missing.
 */
import { asFailure, call } from "../ipc";
import type {
  ChatId,
  ChatSummary,
  Failure,
  MessageId,
  MessageView,
  TurnBatch,
  TurnEvent,
  TurnId,
} from "../ipc";
import { MarkdownStream } from "../markdown/stream";
import type { Block } from "../markdown/tree";

/** What the surroundings do with a turn. */
export interface TurnListener {
  opened(turn: Turn, question: MessageView | null, answer: MessageView): void;
  /** The answer is stored; read it again. */
  settled(turn: Turn, chat: ChatSummary, answer: MessageId, failure: Failure | null): void;
  /** The turn ended without telling how: load the chat again. */
  lost(turn: Turn): void;
}

/** Why nothing can be seen yet. */
export type Wait = Extract<TurnEvent, { kind: "waiting" }>;

/** Time, so that tests need none. */
export interface Clock {
  now(): number;
  pause(ms: number): Promise<void>;
}

const BETWEEN_READS = 150;

/** The clock of the machine. */
export const wallClock: Clock = {
  now: () => Date.now(),
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/** A turn under way. */
export class Turn {
  id = $state<TurnId | null>(null);
  chat = $state<ChatId | null>(null);
  answer = $state<MessageId | null>(null);
  /** What has been written, as a tree. */
  blocks = $state.raw<Block[]>([]);
  text = $state("");
  reasoning = $state("");
  waiting = $state.raw<Wait | null>(null);
  /** How long the reasoning took, once text follows it. */
  reasoningMs = $state<number | null>(null);
  stopping = $state(false);
  ended = $state(false);

  #next = 0;
  #early = new Map<number, TurnBatch>();
  #markdown = new MarkdownStream();
  #reasoningSince: number | null = null;
  #fetching = false;

  constructor(
    private readonly listener: TurnListener,
    private readonly clock: Clock = wallClock,
  ) {}

  /** Nothing of the answer can be seen yet. */
  get silent(): boolean {
    return this.text === "" && this.reasoning === "";
  }

  /** One batch, from whichever way it came. */
  take(batch: TurnBatch): void {
    if (this.ended || (this.id !== null && batch.turn !== this.id)) return;
    this.id = batch.turn;
    this.#early.set(batch.seq, batch);
    this.#drain();
    if (this.#early.size > 0) void this.#fill();
  }

  /** Follows a turn that this window did not begin, until it ends. */
  async attach(id: TurnId): Promise<void> {
    this.id = id;
    while (!this.ended) {
      const going = await this.#read();
      if (!going) return;
      await this.clock.pause(BETWEEN_READS);
    }
  }

  /** Asks for the end; what was written stays. */
  async stop(): Promise<void> {
    if (this.id === null || this.ended) return;
    this.stopping = true;
    try {
      await call("stop", { turn: this.id });
    } catch {
      this.stopping = false;
    }
  }

  /** Does not wait for the end of a pause: asks the other model now. */
  async skipWait(): Promise<void> {
    if (this.id === null || this.ended) return;
    this.waiting = null;
    await call("skip_wait", { turn: this.id }).catch(() => undefined);
  }

  async #fill(): Promise<void> {
    if (this.#fetching) return;
    this.#fetching = true;
    await this.#read();
    this.#fetching = false;
    if (!this.ended && this.#early.size > 0) this.#lose();
  }

  /** Reads on from the first number that is missing; false where there is no more to come. */
  async #read(): Promise<boolean> {
    if (this.id === null) return false;
    try {
      const { batches, running } = await call("turn_since", { turn: this.id, seq: this.#next });
      for (const batch of batches) this.#early.set(batch.seq, batch);
      this.#drain();
      if (!running && !this.ended) this.#lose();
      return running && !this.ended;
    } catch (thrown) {
      if (asFailure(thrown).code !== "locked") this.#lose();
      return false;
    }
  }

  #drain(): void {
    for (;;) {
      const batch = this.#early.get(this.#next);
      if (batch === undefined || this.ended) break;
      this.#early.delete(this.#next);
      this.#next += 1;
      for (const event of batch.events) this.#apply(event);
    }
    for (const seq of this.#early.keys()) if (seq < this.#next) this.#early.delete(seq);
    if (!this.ended) this.blocks = this.#markdown.blocks;
  }

  #apply(event: TurnEvent): void {
    switch (event.kind) {
      case "opened":
        this.chat = event.chat.id;
        this.answer = event.answer.message.id;
        this.reasoning = event.answer.message.reasoning;
        this.#write(event.answer.message.text);
        this.listener.opened(this, event.question, event.answer);
        break;
      case "waiting":
        this.waiting = event;
        break;
      case "reasoning":
        this.waiting = null;
        this.#reasoningSince ??= this.clock.now();
        this.reasoning += event.text;
        break;
      case "text":
        this.waiting = null;
        if (this.#reasoningSince !== null)
          this.reasoningMs ??= this.clock.now() - this.#reasoningSince;
        this.#write(event.text);
        break;
      case "settled":
        this.waiting = null;
        this.ended = true;
        this.blocks = this.#markdown.finish();
        this.listener.settled(this, event.chat, event.answer, event.failure);
        break;
    }
  }

  #write(text: string): void {
    if (text === "") return;
    this.text += text;
    this.#markdown.append(text);
  }

  #lose(): void {
    this.ended = true;
    this.listener.lost(this);
  }
}
