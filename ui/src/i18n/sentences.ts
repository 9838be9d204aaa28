/**
 * The core's own sentences in the person's language.
 *
 * The core writes whole English sentences; the English sentence is the key of
 * its translation. `{names}` are holes and keep the names they have in the
 * core's source, where a test looks for sentences that are missing here.
 */
import german from "./sentences.de.json";
import { spoken } from "./language.svelte";

interface Pattern {
  said: RegExp;
  german: string;
  /** Letters outside holes: the more, the surer the match. */
  weight: number;
}

/** What a provider said itself stays as it was said. */
const QUOTED = "{words}";
const HOLE = /\{\w*\}/g;

const plain = new Map<string, string>();
const patterns: Pattern[] = [];
for (const [english, sentence] of Object.entries(german)) {
  if (english.search(HOLE) < 0) {
    plain.set(english, sentence);
    continue;
  }
  const fixed = english.split(HOLE);
  const source = fixed
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join("(.*?)");
  patterns.push({
    said: new RegExp(`^${source}$`, "su"),
    german: holesInOrder(english, sentence),
    weight: fixed.join("").length,
  });
}
patterns.sort((one, other) => other.weight - one.weight);

/** Turns `{label}` into `{0}`, by its place in the English sentence. */
function holesInOrder(english: string, sentence: string): string {
  const names: string[] = english.match(HOLE) ?? [];
  let at = 0;
  return sentence.replaceAll(HOLE, (name) => {
    if (name === QUOTED) return name;
    const place = name === "{}" ? names.indexOf("{}", at) : names.indexOf(name);
    if (name === "{}") at = place + 1;
    return `{${place}}`;
  });
}

const isSentence = (text: string) => /^\S+ .*[.?]$/su.test(text);

/** German for an English sentence of the core; none where a part of it is unknown. */
function inGerman(text: string): string | null {
  const known = plain.get(text);
  if (known !== undefined) return known;
  return byPattern(text) ?? byParts(text);
}

function byPattern(text: string): string | null {
  for (const pattern of patterns) {
    const values = pattern.said.exec(text)?.slice(1);
    if (values === undefined) continue;
    let whole = true;
    const filled = pattern.german.replaceAll(/\{(\w+)\}/g, (_, place: string) => {
      if (place === "words") return values[0] ?? "";
      const value = values[Number(place)] ?? "";
      const inside = value === "" ? "" : inGerman(value);
      if (inside === null && isSentence(value)) whole = false;
      return inside ?? value;
    });
    if (whole) return filled;
  }
  return null;
}

/** Advice is several sentences in a row. */
function byParts(text: string): string | null {
  const parts = text.split(/(?<=[.?]) /u);
  if (parts.length < 2) return null;
  const sentences = parts.map((part) => inGerman(part));
  return sentences.includes(null) ? null : sentences.join(" ");
}

/** A sentence of the core as the person reads it; none where it has no translation. */
export function translated(text: string): string | null {
  return spoken.current === "en" ? asSentence(text) : inGerman(text);
}

/** The same for facts that are better untranslated than not said. */
export function said(text: string): string {
  return (spoken.current === "en" ? text : inGerman(text)) ?? text;
}

/** Stores name a broken rule in lower case; on a screen it is a sentence, set as one. */
function asSentence(text: string): string {
  const set = text.replaceAll(/(?<=\w)'(?=\w)/gu, "’");
  if (!/^[a-z]+ .*\w$/su.test(set)) return set;
  return `${set.charAt(0).toUpperCase()}${set.slice(1)}.`;
}
