/**
 * A passphrase that is being chosen, and what the core thinks of it.
 *
 * Judged by the core while it is typed; the newest answer wins, whatever
 * order they arrive in.
 */
import { m } from "../i18n";
import { call, type PassphraseStrength } from "../ipc";

export class NewPassphrase {
  text = $state("");
  strength = $state.raw<PassphraseStrength | null>(null);
  #asked = 0;

  /** `context` holds names that make a passphrase easier to guess. */
  async judge(context: string[]): Promise<void> {
    const mine = ++this.#asked;
    if (this.text === "") {
      this.strength = null;
      return;
    }
    const strength = await call("judge_passphrase", { passphrase: this.text, context });
    if (mine === this.#asked) this.strength = strength;
  }

  /** Why it cannot be used yet; empty where it can. */
  get problem(): string {
    if (this.text === "") return m.passphrase_missing();
    if (this.strength?.acceptable === false) return m.passphrase_too_weak();
    return "";
  }

  clear(): void {
    this.text = "";
    this.strength = null;
  }
}
