/** How the models are doing, looked at again and again while a screen shows it. */
import { call, type ModelHealth } from "../ipc";

const LOOK_EVERY_MS = 3_000;

/** What the last look saw; nothing before the first one. */
export class HealthWatch {
  all = $state.raw<ModelHealth[]>([]);

  /** Looks at once. */
  async look(): Promise<void> {
    try {
      this.all = (await call("provider_health")).models;
    } catch {
      // The list of providers itself says what is wrong.
    }
  }

  /** Looks from now on; what it returns ends that. */
  start(): () => void {
    void this.look();
    const timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }
}
