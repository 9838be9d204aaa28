import type { KeyView } from "../ipc";

/** One of several keys, told from the others as the core tells it: by name, end or place. */
export function keyName({ label, hint }: KeyView, place: number): string {
  if (label) return label;
  return hint === null ? `#${place + 1}` : `••••${hint}`;
}
