/**
 * The way from a refusal to who decided it.
 *
 * Widgets only offer it: a screen that can answer provides it to what it holds, by context.
 */
import { getContext, setContext } from "svelte";
import type { Denied } from "../ipc";

/** `rules` decided; `because` are words that only the place of the refusal knows. */
type Explain = (denied: Denied, rules: readonly string[], because?: string | null) => void;

const KEY = Symbol("why");

export function provideWhy(explain: Explain): void {
  setContext(KEY, explain);
}

/** None where nobody answers, such as before a desk is open. */
export function useWhy(): Explain | null {
  return getContext<Explain | undefined>(KEY) ?? null;
}
