/** The test of a stored provider, and what it found, for the row that shows it. */
import { answeredText } from "../chat/words";
import { failureText, m } from "../i18n";
import {
  asFailure,
  call,
  type Failure,
  type ModelRef,
  type ProviderTest,
  type ProviderView,
} from "../ipc";

export class Probe {
  busy = $state(false);
  result = $state.raw<{ well: boolean; text: string } | null>(null);
  readonly #label: (model: ModelRef) => string;

  /** `label` is what people call a model. */
  constructor(label: (model: ModelRef) => string = ({ model }) => model) {
    this.#label = label;
  }

  /**
   * Lists its models, which proves address and key, then asks one of them a few words:
   * only a model's own answer ends its pause. Some servers have no list; what counts is
   * the answer.
   */
  async run(provider: ProviderView, key: string | null, model: string | null): Promise<void> {
    await this.#busily(async () => {
      const { id, dialect, base_url, nearby_allowed } = provider;
      const asked = { id, key_id: key, dialect, base_url, nearby_allowed, key: null };
      const said: string[] = [];
      try {
        said.push(testedText(await call("test_provider", asked)));
        if (model === null) return said;
      } catch (thrown) {
        const failure = asFailure(thrown);
        if (model === null || endsThere(failure)) throw thrown;
      }
      return [...said, await this.#tried({ provider: id, model }, key)];
    });
  }

  /** Asks one model. */
  async ask(model: ModelRef, key: string | null): Promise<void> {
    await this.#busily(async () => [await this.#tried(model, key)]);
  }

  async #tried(model: ModelRef, key: string | null): Promise<string> {
    const { millis, cost } = await call("try_model", { model, key });
    return answeredText(this.#label(model), millis, cost);
  }

  async #busily(work: () => Promise<string[]>): Promise<void> {
    this.busy = true;
    this.result = null;
    try {
      this.result = { well: true, text: (await work()).join(". ") };
    } catch (thrown) {
      this.result = { well: false, text: failureText(asFailure(thrown)) };
    } finally {
      this.busy = false;
    }
  }
}

/** How soon a provider listed its models, and how many. */
export function testedText({ millis: exact, models: { length: count } }: ProviderTest): string {
  const millis = Math.max(1, exact);
  return count === 1 ? m.provider_answered_one({ millis }) : m.provider_answered({ millis, count });
}

/** What a call of a model could only meet again. */
function endsThere({ code }: Failure): boolean {
  return code === "bad_key" || code === "locked" || code === "denied";
}
