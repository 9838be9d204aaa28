/** Keeps a changed setting, and says so where it could not be kept. */
import type { Desk } from "../desk/desk.svelte";
import { failureText, m } from "../i18n";
import { asFailure, type Settings } from "../ipc";
import { toasts } from "../kit";

export async function keep(desk: Desk, change: Partial<Settings>): Promise<void> {
  try {
    await desk.change(change);
  } catch (thrown) {
    const detail = failureText(asFailure(thrown));
    toasts.show({ title: m.settings_not_kept(), detail, icon: "warn" });
  }
}
