/**
 * What happened, in the lower corner for six seconds.
 *
 * Waits while the pointer or the focus rests on it. A failure that needs a
 * decision is a banner, never a toast.
 */
import type { Attachment } from "svelte/attachments";
import type { IconName } from "./icons";

const LIFE_MS = 6_000;

export interface Toast {
  id: number;
  title: string;
  detail?: string;
  icon?: IconName;
  action?: { label: string; run: () => void };
}

class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  /** Pixels at the foot of the window that they leave free. */
  floor = $state(0);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** They rise above this while it is shown, such as above what a message is written in. */
  readonly above: Attachment<HTMLElement> = (element) => {
    const size = new ResizeObserver(() => (this.floor = element.offsetHeight));
    size.observe(element);
    return () => {
      size.disconnect();
      this.floor = 0;
    };
  };

  show(toast: Omit<Toast, "id">): number {
    const id = this.#next++;
    this.list = [...this.list, { ...toast, id }];
    this.resume(id);
    return id;
  }

  dismiss(id: number): void {
    this.pause(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  pause(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  resume(id: number): void {
    this.pause(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), LIFE_MS),
    );
  }
}

export const toasts = new Toasts();
