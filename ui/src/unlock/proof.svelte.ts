/**
 * Proof that a recovery code was written down: two groups typed back.
 *
 * Compared here only to guide the typing; the core decides.
 */
import { m } from "../i18n";
import type { RecoveryCode } from "../ipc";

/** Letters that people confuse are the same letter in a code. */
function plain(group: string): string {
  return group.trim().toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1");
}

export class Proof {
  typed = $state<string[]>([]);
  keptElsewhere = $state(false);
  readonly #code: RecoveryCode;

  constructor(code: RecoveryCode) {
    this.#code = code;
    this.typed = code.confirm.map(() => "");
  }

  type(index: number, text: string): void {
    this.typed[index] = text;
  }

  fits(index: number): boolean {
    const wanted = this.#code.groups[(this.#code.confirm[index] ?? 0) - 1];
    return wanted !== undefined && plain(this.typed[index] ?? "") === plain(wanted);
  }

  /** What still stands between the person and going on; empty where nothing does. */
  get missing(): string {
    const open = this.#code.confirm.find((_number, index) => !this.fits(index));
    if (open !== undefined) return m.code_missing_group({ number: open });
    return this.keptElsewhere ? "" : m.code_missing_kept();
  }
}
