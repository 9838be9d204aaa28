/**
 * Keyboard shortcuts as text and as matches.
 *
 * Written `mod+shift+o`; `mod` is Command on a Mac and Control elsewhere.
 */
const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const MAC_SIGNS: Record<string, string> = { mod: "⌘", shift: "⇧", alt: "⌥", enter: "↩" };
const NAMES: Record<string, string> = {
  mod: "Ctrl",
  shift: "Shift",
  alt: "Alt",
  enter: "Enter",
  escape: "Esc",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
};

/** The keys to show, in order, such as `["Ctrl", "Shift", "O"]`. */
export function shortcutKeys(shortcut: string, mac: boolean = MAC): string[] {
  return shortcut.split("+").map((key) => {
    const sign = mac ? MAC_SIGNS[key] : undefined;
    return sign ?? NAMES[key] ?? key.toUpperCase();
  });
}

/** The same in `aria-keyshortcuts` form. */
export function ariaShortcut(shortcut: string, mac: boolean = MAC): string {
  const words: Record<string, string> = {
    mod: mac ? "Meta" : "Control",
    shift: "Shift",
    alt: "Alt",
  };
  return shortcut
    .split("+")
    .map((key) => words[key] ?? key)
    .join("+");
}

type Keys = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">;

/** Whether a key press is this shortcut, on any keyboard layout. */
export function matches(event: Keys, shortcut: string, mac: boolean = MAC): boolean {
  const parts = shortcut.split("+");
  const key = parts.at(-1) ?? "";
  const mod = mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (parts.includes("mod") !== (mac ? event.metaKey : event.ctrlKey)) return false;
  if (parts.includes("mod") && !mod) return false;
  if (parts.includes("alt") !== event.altKey) return false;
  // A sign such as "/" needs Shift on many layouts; for letters Shift decides.
  const letter = /^[a-z]$/.test(key) || key.length > 1;
  if ((letter || parts.includes("shift")) && parts.includes("shift") !== event.shiftKey)
    return false;
  if (event.key.toLowerCase() === key) return true;
  return (
    /^[a-z]$/.test(key) && /^[^ -~]/.test(event.key) && event.code === `Key${key.toUpperCase()}`
  );
}
