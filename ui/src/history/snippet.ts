/**
 * A search hit's words without their Markdown, and the words of a title that was found.
 *
 * A snippet is cut out of a text, so its marks are often not whole; it is no
 * document to be parsed. Marks are found in the whole line, since a hit may
 * stand between the halves of one.
 */
import type { SnippetPiece } from "../ipc";
import { FILTERS } from "./palette.svelte";

/** What stands between cells: a space is left of it. */
const BARS = [/\|?(?:\s*:?-{3,}:?\s*\|)+(?:\s*:?-{3,}:?)?/g, /\|/g];

/** Fences; heads and quotes; emphasis; code. Nothing is left of them. */
const MARKS = [
  /(?:`{3,}|~{3,})[\w+#.-]*/g,
  /(?<=^|\n)\s{0,3}(?:#{1,6}|>)\s/g,
  /\*+(?=\S)|(?<=\S)\*+/g,
  /(?<![\p{L}\p{N}_])_+(?=\S)|(?<=\S)_+(?![\p{L}\p{N}_])/gu,
  /~~|`+/g,
];

/** The pieces as they are read. */
export function unmarked(pieces: readonly SnippetPiece[]): SnippetPiece[] {
  const whole = pieces.map(({ text }) => text).join("");
  const left = whole.split("");
  for (const [marks, instead] of [
    [MARKS, ""],
    [BARS, " "],
  ] as const) {
    for (const { index, 0: found } of marks.flatMap((mark) => [...whole.matchAll(mark)]))
      left.fill(instead, index, index + found.length);
  }
  let at = 0;
  return pieces.map(({ text, hit }) => {
    const kept = left.slice(at, at + text.length).join("");
    at += text.length;
    return { hit, text: kept.replaceAll(/\s+/g, " ") };
  });
}

/** As the index cuts words, and as it compares them. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const folded = (word: string) => word.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();

/** A title with the words marked that `query` asks for; the last of them may go on. */
export function markedTitle(title: string, query: string): SnippetPiece[] {
  const asked = query
    .split(/\s+/)
    .filter((part) => !FILTERS.some((filter) => part.toLowerCase().startsWith(filter)))
    .flatMap((part) => folded(part).match(WORD) ?? []);
  const last = asked.at(-1) ?? "";
  const isHit = (word: string) =>
    asked.includes(word) || (last.length > 1 && word.startsWith(last));
  const pieces: SnippetPiece[] = [];
  let at = 0;
  for (const { index, 0: word } of title.matchAll(WORD)) {
    if (!isHit(folded(word))) continue;
    pieces.push({ hit: false, text: title.slice(at, index) }, { hit: true, text: word });
    at = index + word.length;
  }
  return [...pieces, { hit: false, text: title.slice(at) }];
}
