/**
 * The chat that is open: its branch, its draft, and the turns under way.
 *
 * Turns live on when another chat is opened; coming back finds them where
 * they are. What changes in the sidebar is told to `Neighbours`.
 */
import { ask, asFailure, call } from "../ipc";
import type {
  Ask,
  ChatId,
  ChatPage,
  ChatSummary,
  DataClass,
  Failure,
  MessageId,
  MessageView,
  Question,
  Target,
} from "../ipc";
import { remember } from "../markdown/cache";
import { Draft } from "./draft.svelte";
import { PAGE, Transcript } from "./transcript.svelte";
import { Turn, wallClock, type Clock, type TurnListener } from "./turn.svelte";

/** Whom the open chat tells about changes. */
export interface Neighbours {
  touched(chat: ChatSummary): void;
  read(chat: ChatId): void;
}

/** A place the transcript should go to; `id` makes each wish a new one. */
export interface Wish {
  id: number;
  row: number | "end";
  lit: MessageId | null;
}

/** The open chat. */
export class Chat implements TurnListener {
  summary = $state.raw<ChatSummary | null>(null);
  opening = $state(false);
  openFailure = $state.raw<Failure | null>(null);
  /** Why the last question could not even begin. */
  askFailure = $state.raw<Failure | null>(null);
  /** A question that was sent and not yet answered by `opened`. */
  sending = $state<string | null>(null);
  /** Whom was chosen here; null for the chat's or desk's usual one. */
  target = $state.raw<Target | null>(null);
  /** What was chosen for a chat that does not exist yet; it goes with its first question. */
  newClass = $state.raw<DataClass | null>(null);
  /** The answer below which the next question begins a branch; null for the end of this one. */
  branching = $state.raw<MessageId | null>(null);
  wish = $state.raw<Wish>({ id: 0, row: "end", lit: null });
  /** Said once to those who listen: the answer that just settled. */
  spoken = $state.raw<{ text: string; failure: Failure | null } | null>(null);
  /** Why answers ended early, as far as this window heard it. */
  failures = $state.raw<ReadonlyMap<MessageId, Failure>>(new Map());
  /** How long answers reasoned, as far as this window saw it. */
  thought = $state.raw<ReadonlyMap<MessageId, number>>(new Map());
  /** Answers whose reasoning was unfolded; a row that leaves the page and returns still shows it. */
  unfolded = $state.raw<ReadonlySet<MessageId>>(new Set());
  /** How many answers ended since the desk opened, here or in another chat. */
  ended = $state(0);

  readonly transcript = new Transcript();
  readonly draft = new Draft();

  #turns = $state.raw<readonly Turn[]>([]);
  #generation = 0;

  /** The turn of the chat that is open. */
  turn = $derived(
    this.#turns.find((turn) => turn.chat !== null && turn.chat === this.summary?.id) ?? null,
  );
  /** Nothing can be asked now. */
  busy = $derived(this.turn !== null || this.sending !== null);
  /** Whom to show as chosen: here, or whom the chat asked last, if that is still offered. */
  chosen = $derived(this.target ?? this.summary?.target ?? null);
  /** The rows that are shown: the branch, or what stays of it above a new one. */
  rows = $derived.by(() => {
    const { rows } = this.transcript;
    const at = this.branching === null ? -1 : this.transcript.indexOf(this.branching);
    return at < 0 ? rows : rows.slice(0, at + 1);
  });

  constructor(
    private readonly neighbours: Neighbours,
    private readonly clock: Clock = wallClock,
  ) {}

  /** A clean desk. */
  async openNew(): Promise<void> {
    const generation = this.#begin();
    this.summary = null;
    this.transcript.clear();
    this.target = null;
    await this.draft.show(null, "");
    const { text } = await call("read_new_draft").catch(() => ({ text: "" }));
    if (generation === this.#generation && this.draft.whole === "")
      await this.draft.show(null, text);
    if (generation === this.#generation) this.opening = false;
  }

  /** Opens a chat at its end, or at a message. */
  async open(chat: ChatId, around: MessageId | null = null): Promise<void> {
    const generation = this.#begin();
    try {
      const page = await call("open_chat", { chat, around, limit: PAGE });
      if (generation !== this.#generation) return;
      const drafted = this.draft.show(chat, page.draft);
      this.target = null;
      this.#show(page, around);
      await drafted;
    } catch (thrown) {
      if (generation === this.#generation) this.openFailure = asFailure(thrown);
    } finally {
      if (generation === this.#generation) this.opening = false;
    }
  }

  /** Sends what is in the composer. */
  async send(): Promise<void> {
    if (this.busy || this.draft.tooLong || this.draft.whole.trim() === "") return;
    const text = this.draft.take();
    const chat = this.summary?.id ?? null;
    const question = this.#questionOf(chat, text);
    const began = await this.#ask(question, text);
    if (began) await this.draft.flush();
    else this.draft.restore(text);
  }

  /** The next question goes on below this answer; what follows it now stays as a version. */
  branchFrom(answer: MessageId): void {
    this.branching = answer;
    this.wish = { id: this.wish.id + 1, row: "end", lit: null };
  }

  /** The next question goes on at the end again. */
  stopBranching(): void {
    if (this.branching === null) return;
    const row = this.transcript.indexOf(this.branching);
    this.wish = { id: this.wish.id + 1, row: row < 0 ? "end" : row, lit: null };
    this.branching = null;
  }

  /** Asks in a new chat, past the composer. */
  async askAnew(text: string): Promise<void> {
    await this.openNew();
    await this.#ask({ kind: "new_chat", text }, text);
  }

  /** Has a message answered again, by whom was chosen or another one. */
  answerAgain(message: MessageId, target: Target | null = null): Promise<boolean> {
    return this.#ask({ kind: "regenerate", message }, "", target);
  }

  /** Lets a partial answer go on. */
  goOn(message: MessageId): Promise<boolean> {
    return this.#ask({ kind: "continue", message }, "");
  }

  /** Asks a changed question. */
  edit(message: MessageId, text: string): Promise<boolean> {
    return this.#ask({ kind: "edit", message, text }, text);
  }

  /** Unfolds an answer's reasoning, or folds it again. */
  unfold(answer: MessageId): void {
    const unfolded = new Set(this.unfolded);
    if (!unfolded.delete(answer)) unfolded.add(answer);
    this.unfolded = unfolded;
  }

  /** Shows another version in the place of the one that is shown. */
  async select(message: MessageId, shown: MessageId): Promise<void> {
    const at = this.transcript.indexOf(shown);
    const generation = this.#generation;
    const page = await call("select_version", { message, limit: PAGE });
    if (generation !== this.#generation) return;
    // What stands above the versions is the same; the view stays where it is.
    this.summary = page.chat;
    this.branching = null;
    this.transcript.show(page, Math.max(0, at));
  }

  /** Deletes a message and what follows it, for good. */
  async remove(message: MessageId): Promise<void> {
    const chat = this.summary?.id;
    await call("delete_message", { message });
    if (chat !== undefined && chat === this.summary?.id) await this.open(chat);
  }

  opened(turn: Turn, question: MessageView | null, answer: MessageView): void {
    this.sending = null;
    this.branching = null;
    const summary = this.summary;
    if (summary === null || summary.id !== turn.chat) return;
    this.transcript.put(question === null ? [answer] : [question, answer]);
  }

  settled(turn: Turn, chat: ChatSummary, answer: MessageId, failure: Failure | null): void {
    this.ended += 1;
    if (failure !== null) this.failures = new Map([...this.failures, [answer, failure]]);
    if (turn.reasoningMs !== null)
      this.thought = new Map([...this.thought, [answer, turn.reasoningMs]]);
    const here = this.summary?.id === chat.id;
    if (here) this.summary = chat;
    this.neighbours.touched(here ? { ...chat, unread: false } : chat);
    if (here) void this.#readBack(turn, answer, failure);
    else this.#forget(turn);
  }

  lost(turn: Turn): void {
    this.ended += 1;
    this.#forget(turn);
    const chat = this.summary?.id;
    if (chat !== undefined && chat === turn.chat) void this.open(chat);
  }

  #begin(): number {
    // It went with the question that is under way; the next new chat begins as usual.
    if (this.summary === null && this.sending !== null) this.newClass = null;
    this.#generation += 1;
    this.opening = true;
    this.openFailure = null;
    this.askFailure = null;
    this.sending = null;
    this.branching = null;
    this.spoken = null;
    void this.draft.flush();
    return this.#generation;
  }

  #questionOf(chat: ChatId | null, text: string): Question {
    if (chat === null) return { kind: "new_chat", text };
    if (this.branching !== null) return { kind: "branch", after: this.branching, text };
    return { kind: "follow_up", chat, text };
  }

  #show(page: ChatPage, around: MessageId | null): void {
    this.summary = page.chat;
    this.transcript.show(page);
    const row = around === null ? -1 : this.transcript.indexOf(around);
    this.wish = { id: this.wish.id + 1, row: row < 0 ? "end" : row, lit: around };
    this.neighbours.read(page.chat.id);
    if (page.running !== null && !this.#turns.some((turn) => turn.id === page.running)) {
      const turn = this.#newTurn();
      turn.chat = page.chat.id;
      void turn.attach(page.running);
    }
  }

  async #ask(question: Question, text: string, target: Target | null = null): Promise<boolean> {
    if (this.busy) return false;
    this.askFailure = null;
    this.spoken = null;
    this.sending = text;
    const asked: Ask = {
      question,
      target: target ?? this.target,
      class: question.kind === "new_chat" ? this.newClass : null,
    };
    const generation = this.#generation;
    const turn = this.#newTurn();
    try {
      const started = await ask(asked, (batch) => {
        // A new chat is known by its first event; it is shown unless the person went elsewhere.
        const first = batch.events[0];
        if (first?.kind === "opened") this.#welcome(first.chat, generation);
        turn.take(batch);
      });
      if (!turn.ended) turn.id = started.turn;
      return true;
    } catch (thrown) {
      this.#forget(turn);
      if (generation === this.#generation) this.askFailure = asFailure(thrown);
      return false;
    } finally {
      if (generation === this.#generation) this.sending = null;
    }
  }

  #welcome(chat: ChatSummary, generation: number): void {
    this.neighbours.touched(chat);
    if (generation !== this.#generation) return;
    if (this.summary === null) {
      this.summary = chat;
      this.newClass = null;
      this.draft.adopt(chat.id);
    }
    this.wish = { id: this.wish.id + 1, row: "end", lit: null };
  }

  #newTurn(): Turn {
    const turn = new Turn(this, this.clock);
    this.#turns = [...this.#turns, turn];
    return turn;
  }

  #forget(turn: Turn): void {
    this.#turns = this.#turns.filter((each) => each !== turn);
  }

  /** Reads an answer that settled on the screen; the engine then counts it as seen. */
  async #readBack(turn: Turn, answer: MessageId, failure: Failure | null): Promise<void> {
    try {
      const view = await call("read_message", { message: answer });
      if (view.message.text === turn.text) remember(view.message, turn.blocks);
      if (this.summary?.id === view.message.chat) this.transcript.replace(view);
      this.spoken = { text: view.message.text, failure };
    } catch {
      // Read again when the chat is opened again.
    } finally {
      this.#forget(turn);
    }
  }
}
