/**
 * The chooser: which bay is lit, and opening it.
 *
 * Keeps the passphrase only until the desk opened or another bay was chosen.
 */
import type { App } from "../app.svelte";
import { asFailure, call, type DeskCard, type DoorState, type Failure } from "../ipc";

export type Bay =
  | { kind: "desk"; key: string; card: DeskCard }
  | { kind: "guest"; key: "guest" }
  | { kind: "join"; key: "join" };

function lastOpened(desks: readonly DeskCard[]): string {
  const usable = desks.filter((card) => !card.disabled);
  const [newest] = usable.toSorted((one, other) => (other.last_open ?? 0) - (one.last_open ?? 0));
  return newest?.profile ?? desks[0]?.profile ?? "join";
}

export class Chooser {
  readonly #app: App;
  door = $state.raw<DoorState>() as DoorState;
  chosen = $state("");
  passphrase = $state("");
  busy = $state(false);
  failure = $state.raw<Failure | null>(null);
  /** The moment that countdowns and times are drawn for. */
  now = $state(Date.now());

  constructor(app: App, door: DoorState) {
    this.#app = app;
    this.door = door;
    this.chosen = lastOpened(door.desks);
  }

  get bays(): Bay[] {
    return [
      ...this.door.desks.map((card) => ({ kind: "desk" as const, key: card.profile, card })),
      ...(this.door.guest_allowed ? [{ kind: "guest" as const, key: "guest" as const }] : []),
      { kind: "join" as const, key: "join" as const },
    ];
  }

  get card(): DeskCard | null {
    return this.door.desks.find((card) => card.profile === this.chosen) ?? null;
  }

  /** Seconds until the chosen desk may be tried again; 0 where it may be now. */
  get wait(): number {
    const until = Number(this.card?.retry_at ?? 0);
    return Math.max(0, Math.ceil((until - this.now) / 1000));
  }

  choose(key: string): void {
    if (key === this.chosen) return;
    this.chosen = key;
    this.passphrase = "";
    this.failure = null;
    this.now = Date.now();
  }

  /** Lights the bay beside the lit one; -1 before it, 1 after it. */
  step(by: -1 | 1): void {
    const bays = this.bays;
    const at = bays.findIndex((bay) => bay.key === this.chosen);
    const next = bays[Math.max(0, Math.min(bays.length - 1, at + by))];
    if (next) this.choose(next.key);
  }

  async openDesk(card: DeskCard): Promise<void> {
    if (this.busy || this.wait > 0) return;
    const { passphrase } = this;
    const request = { profile: card.profile, passphrase, accept_older: false };
    await this.#run(async () => this.#app.enter(await call("unlock", request)));
    const { failure } = this;
    if (!failure) return;
    if (this.#app.repair(this.door, card, passphrase, failure)) return;
    this.passphrase = "";
    await this.#refresh();
  }

  async openGuest(): Promise<void> {
    await this.#run(async () => this.#app.enter(await call("open_guest")));
  }

  async #run(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.failure = null;
    try {
      await work();
    } catch (thrown) {
      this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  }

  /** Fresh cards after a refusal: a wait may have begun. */
  async #refresh(): Promise<void> {
    try {
      this.door = await call("door_state");
      this.now = Date.now();
    } catch {
      // The refusal itself is what the person has to see; the cards may be old.
    }
  }
}
