/**
 * Watches for input and sleep, and locks the desk when its rule says so.
 *
 * The edge around `IdleClock`: real clocks, real events. Windows of the same
 * desk tell each other about input, so that working in one keeps all open.
 */
import { m } from "../i18n";
import { toasts } from "../kit";
import type { Desk } from "./desk.svelte";
import { type Clocks, IdleClock, WARNING_MS } from "./idle";

const LOOK_EVERY_MS = 1_000;
const TELL_EVERY_MS = 5_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;
const MINUTE_MS = 60_000;

const clocks = (): Clocks => ({ wall: Date.now(), monotonic: performance.now() });

/** Starts watching; the returned function ends it. */
export function watchIdleness(desk: Desk): () => void {
  const idle = new IdleClock(clocks());
  const others = new BroadcastChannel(`carrel-input-${desk.state.profile}`);
  let told = 0;
  let notice: number | null = null;

  const touched = () => {
    idle.touched(clocks());
    if (notice !== null) toasts.dismiss(notice);
    notice = null;
  };
  const input = () => {
    touched();
    if (Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    others.postMessage("input");
  };
  const warn = () => {
    if (notice !== null) return;
    notice = toasts.show({
      title: m.lock_soon({ seconds: WARNING_MS / 1000 }),
      detail: m.lock_soon_detail(),
      icon: "lock",
      action: { label: m.lock_stay(), run: input },
    });
    // It stays until the desk locks or someone is back.
    toasts.pause(notice);
  };
  const look = () => {
    const { lock_after_minutes: minutes, lock_on_suspend: onSuspend } = desk.settings;
    const after = minutes === null ? null : minutes * MINUTE_MS;
    switch (idle.look(clocks(), { after, onSuspend })) {
      case "active":
        break;
      case "warn":
        warn();
        break;
      case "lock":
        if (notice !== null) toasts.dismiss(notice);
        void desk.lock();
        break;
    }
  };

  others.addEventListener("message", touched);
  for (const name of INPUT) addEventListener(name, input, { capture: true, passive: true });
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const name of INPUT) removeEventListener(name, input, { capture: true });
    others.close();
    if (notice !== null) toasts.dismiss(notice);
  };
}
