/**
 * What members ask of the admins: what waits, what was decided, and deciding.
 *
 * The desk's count of what waits follows at once; the core tells it otherwise every few seconds.
 */
import type { Desk } from "../../desk/desk.svelte";
import { asFailure, call, type Answer, type Failure, type RequestList } from "../../ipc";

export class Inbox {
  list = $state.raw<RequestList | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The one that is being decided. */
  deciding = $state<string | null>(null);
  readonly #desk: Pick<Desk, "news">;

  /** Requests of others that wait, the newest first. */
  readonly open = $derived(
    this.list?.requests.filter((one) => one.state.kind === "open" && !one.is_mine) ?? [],
  );
  readonly decided = $derived(this.list?.requests.filter((one) => one.state.kind !== "open") ?? []);

  constructor(desk: Pick<Desk, "news">) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.#show(await call("list_requests"));
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** Reads again where another number waits than is shown. */
  async follow(waiting: number): Promise<void> {
    if (this.list === null || waiting !== this.open.length) await this.load();
  }

  /** Throws what the core refuses with, after a look at how it stands now. */
  async decide(id: string, answer: Answer): Promise<void> {
    await this.#change(id, () => call("decide_request", { id, answer }));
  }

  /** Ends now what was given; throws like `decide`. */
  async takeBack(id: string): Promise<void> {
    await this.#change(id, () => call("take_back", { id }));
  }

  async #change(id: string, change: () => Promise<RequestList>): Promise<void> {
    this.deciding = id;
    try {
      this.#show(await change());
    } catch (thrown) {
      if (asFailure(thrown).code === "not_found") await this.load();
      throw thrown;
    } finally {
      this.deciding = null;
    }
  }

  #show(list: RequestList): void {
    this.list = list;
    this.failure = null;
    this.#desk.news = { ...this.#desk.news, to_decide: this.open.length };
  }
}
