/**
 * Markdown while it is still being written.
 *
 * Blocks that can not change any more are settled: parsed once and never again.
 * Only the unfinished tail is parsed for each new piece, with its open marks
 * closed for the eye. At the end of the turn the whole text is parsed once, and
 * blocks that came out the same keep their identity, so nothing is redrawn.
 */
import type { Token } from "marked";
import remend from "remend";

import { lex, type LinkDefinitions } from "./lexer";
import { blocksOf, parse } from "./parse";
import type { Block } from "./tree";

/** A list may still go on where what follows it is as short as a bullet. */
const SHORTEST_AFTER_LIST = 12;
const OPEN_FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** One answer's tree, growing. */
export class MarkdownStream {
  #text = "";
  #held = "";
  #settledTo = 0;
  #links: LinkDefinitions = {};
  /** Blocks that stay as they are. */
  readonly settled: Block[] = [];
  /** The unfinished rest. */
  tail: Block[] = [];

  /** Everything so far, settled and not. */
  get blocks(): Block[] {
    return [...this.settled, ...this.tail];
  }

  /** Takes the next piece of text. */
  append(piece: string): void {
    const whole = this.#held + piece;
    // A carriage return waits for the line feed that may follow it.
    this.#held = whole.endsWith("\r") ? "\r" : "";
    const ready = this.#held === "" ? whole : whole.slice(0, -1);
    this.#text += ready.replace(/\r\n?/g, "\n");
    this.#advance();
  }

  /** Ends the answer: one full parse of everything. */
  finish(): Block[] {
    this.#text += this.#held === "" ? "" : "\n";
    this.#held = "";
    const before = this.blocks;
    const after = parse(this.#text);
    return after.map((block, at) => {
      const old = before[at];
      return old !== undefined && same(old, block) ? old : block;
    });
  }

  #advance(): void {
    const rest = this.#text.slice(this.#settledTo);
    const tokens = lex(rest, this.#links);
    if (tokens === null) {
      this.tail = [{ kind: "plain", text: rest }];
      return;
    }
    const cut = settleable(tokens, rest);
    const done = tokens.slice(0, cut);
    for (const block of blocksOf(done)) this.settled.push(block);
    for (const token of done) {
      this.#settledTo += token.raw.length;
      if (token.type === "def") this.#links[token.tag] ??= { href: token.href, title: token.title };
    }
    this.tail = this.#unfinished(tokens.slice(cut));
  }

  #unfinished(tokens: Token[]): Block[] {
    const last = tokens.at(-1);
    if (last === undefined) return [];
    if (last.type === "code" || last.type === "space" || OPEN_FENCE.test(last.raw))
      return blocksOf(tokens);
    const closed = remend(last.raw, { linkMode: "text-only", katex: false, inlineKatex: false });
    const again = closed === last.raw ? null : lex(closed, this.#links);
    return again === null ? blocksOf(tokens) : blocksOf([...tokens.slice(0, -1), ...again]);
  }
}

/** How many tokens from the start can not change, whatever comes next. */
function settleable(tokens: Token[], source: string): number {
  const end = tokens.reduce((sum, token) => sum + token.raw.length, 0);
  if (end !== source.length) return 0;
  let at = end;
  for (let index = tokens.length - 1; index > 0; index -= 1) {
    const token = tokens[index];
    if (token === undefined) return 0;
    at -= token.raw.length;
    if (token.type === "space" || !/\n[ \t]*\n$/.test(source.slice(Math.max(0, at - 200), at)))
      continue;
    const before = tokens.slice(0, index).findLast((earlier) => earlier.type !== "space");
    const mayGoOn =
      before?.type === "list" &&
      (token.type === "list" || source.length - at < SHORTEST_AFTER_LIST);
    if (!mayGoOn) return index;
  }
  return 0;
}

function same(one: Block, other: Block): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
