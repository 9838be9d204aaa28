/**
 * How the window looks: theme, text size, density, language.
 *
 * Writes to the document and nothing else; the door's look is kept by the
 * core, a desk's with its settings.
 */
import { spoken } from "../i18n";
import type { DoorAppearance } from "../ipc";

export type Appearance = DoorAppearance & { compact?: boolean };

export const TEXT_SCALES = [0.9, 1, 1.15, 1.3, 1.5] as const;

/** The nearest offered size. */
export function nearestScale(scale: number): number {
  return (
    [...TEXT_SCALES].toSorted((one, other) => Math.abs(one - scale) - Math.abs(other - scale))[0] ??
    1
  );
}

export function applyAppearance({ theme, text_scale: scale, compact, language }: Appearance): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  if (compact) root.dataset["density"] = "compact";
  else delete root.dataset["density"];
  root.style.setProperty("--text-scale", String(Math.min(1.5, Math.max(0.9, scale))));
  spoken.choose(language);
}
