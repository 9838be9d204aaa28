/** The test call of a stored provider, and what it found, for the row that shows it. */
import { failureText, m } from "../i18n";
import { asFailure, call, type ProviderView } from "../ipc";

export class Probe {
  busy = $state(false);
  result = $state.raw<{ well: boolean; text: string } | null>(null);

  /** Calls it with one of its keys; none for the first. */
  async run({ id, dialect, base_url }: ProviderView, key: string | null): Promise<void> {
    this.busy = true;
    this.result = null;
    try {
      const asked = { id, key_id: key, dialect, base_url, key: null };
      const { millis, models } = await call("test_provider", asked);
      this.result = {
        well: true,
        text: m.provider_answered({ millis: Math.max(1, millis), count: models.length }),
      };
    } catch (thrown) {
      this.result = { well: false, text: failureText(asFailure(thrown)) };
    } finally {
      this.busy = false;
    }
  }
}
