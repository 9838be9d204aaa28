/**
 * Which language the screens speak.
 *
 * A rune behind paraglide's `getLocale`: changing it redraws every message
 * in place, without a reload.
 */
import { isLocale, type Locale, overwriteGetLocale } from "./messages/runtime.js";

export type Language = Locale;

export const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "en", label: "English" },
  { value: "de", label: "Deutsch" },
];

function systemLanguage(): Language {
  const known = navigator.languages.map((tag) => tag.split("-")[0]).find((tag) => isLocale(tag));
  return isLocale(known) ? known : "en";
}

class Spoken {
  current = $state<Language>(systemLanguage());

  /** None (or an unknown tag) means the system's. */
  choose(language: string | null): void {
    this.current = isLocale(language) ? language : systemLanguage();
    document.documentElement.lang = this.current;
  }
}

export const spoken = new Spoken();

overwriteGetLocale(() => spoken.current);
