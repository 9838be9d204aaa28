/**
 * A search hit's words without their Markdown.
 *
 * A snippet is cut out of a text, so its marks are often not whole; it is no
 * document to be parsed. Marks are found in the whole line, since a hit may
 * stand between the halves of one.
 */
import type { SnippetPiece } from "../ipc";

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
