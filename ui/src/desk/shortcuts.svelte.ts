/**
 * The shortcuts of an open desk, in one place: what runs and what is listed.
 *
 * A screen adds its own while it is mounted. The first match wins, later
 * additions first, so that a screen may take over a key.
 */
import { SvelteSet } from "svelte/reactivity";
import { matches } from "../kit";

export interface Shortcut {
  /** Such as `mod+shift+o`. */
  keys: string;
  /** What it does, for the list; read when shown. */
  label: () => string;
  run: () => void;
}

export class Shortcuts {
  #all = new SvelteSet<Shortcut>();

  /** Adds shortcuts; the returned function takes them away (use it in `onMount`). */
  add(...added: Shortcut[]): () => void {
    for (const one of added) this.#all.add(one);
    return () => {
      for (const one of added) this.#all.delete(one);
    };
  }

  get list(): Shortcut[] {
    return [...this.#all];
  }

  /** Handles a key press; true where a shortcut took it. */
  press(event: KeyboardEvent): boolean {
    if (event.defaultPrevented || event.isComposing) return false;
    const found = this.list.toReversed().find((one) => matches(event, one.keys));
    if (!found) return false;
    event.preventDefault();
    found.run();
    return true;
  }
}
