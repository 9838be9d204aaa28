/**
 * Reports input to the engine, warns before the desk locks, and brings news.
 *
 * The edge around `InputReport`: the real clock and real events. The engine
 * does the locking, for all windows of a desk alike.
 */
import { m } from "../i18n";
import { call } from "../ipc";
import { toasts } from "../kit";
import type { Desk } from "./desk.svelte";
import { InputReport, WARNING_S } from "./idle";

const LOOK_EVERY_MS = 1_000;
const INPUT = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Starts watching; the returned function ends it. */
export function watchInput(desk: Desk): () => void {
  const report = new InputReport();
  let notice: number | null = null;

  const warn = (warns: boolean) => {
    if (warns && notice === null) {
      notice = toasts.show({
        title: m.lock_soon({ seconds: WARNING_S }),
        detail: m.lock_soon_detail(),
        icon: "lock",
        action: { label: m.lock_stay(), run: input },
      });
      // It stays until the desk locks or someone is back.
      toasts.pause(notice);
    } else if (!warns && notice !== null) {
      toasts.dismiss(notice);
      notice = null;
    }
  };
  const look = async () => {
    const used = report.due(performance.now());
    if (used === null) return;
    try {
      const { seconds, news } = await call("stay_open", { used });
      report.answered(seconds);
      desk.locksIn = seconds === null ? null : Math.ceil(seconds / 60);
      // The same news are no news.
      if (JSON.stringify(news) !== JSON.stringify(desk.news)) desk.news = news;
      warn(report.warns);
    } catch {
      // The desk is locking: its windows are about to close.
    }
  };
  const input = () => {
    report.touched();
    if (report.warns) void look();
  };

  for (const name of INPUT) addEventListener(name, input, { capture: true, passive: true });
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  void look();
  return () => {
    clearInterval(timer);
    for (const name of INPUT) removeEventListener(name, input, { capture: true });
    if (notice !== null) toasts.dismiss(notice);
  };
}
