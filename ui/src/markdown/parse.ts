/** From marked's tokens to Carrel's own closed tree. */
import type { MarkedToken, Token, Tokens } from "marked";

import { decoded } from "./entities";
import { lex, type MathToken } from "./lexer";
import { contradicted, openable } from "./links";
import type { Align, Block, Inline, ListItem } from "./tree";

/** Nesting below this is shown as written. */
const DEEPEST = 24;
/** Beyond this many characters a message is shown as plain text. */
const LONGEST = 1_000_000;

type Known = MarkedToken | MathToken;

// marked types its tokens openly; the switch below names every kind it can produce.
function known(token: Token): token is Known {
  return "raw" in token;
}

/** The tree of a whole message. */
export function parse(source: string): Block[] {
  const text = source.replace(/\r\n?/g, "\n");
  if (text.length > LONGEST) return [{ kind: "plain", text }];
  const tokens = lex(text);
  return tokens === null ? [{ kind: "plain", text }] : blocksOf(tokens);
}

/** The tree of block tokens. */
export function blocksOf(tokens: Token[], depth = 0): Block[] {
  return tokens.flatMap((token) => (known(token) ? blockOf(token, depth) : []));
}

function blockOf(token: Known, depth: number): Block[] {
  if (depth > DEEPEST) return [{ kind: "plain", text: token.raw.trimEnd() }];
  switch (token.type) {
    case "space":
    case "def":
    case "checkbox":
      return [];
    case "heading":
      return [
        { kind: "heading", level: levelOf(token.depth), children: inlinesOf(token.tokens, depth) },
      ];
    case "paragraph":
      return [{ kind: "paragraph", children: inlinesOf(token.tokens, depth) }];
    case "text":
      return [
        {
          kind: "paragraph",
          children: token.tokens ? inlinesOf(token.tokens, depth) : plain(token.text),
        },
      ];
    case "code":
      return [{ kind: "code", language: languageOf(token.lang), text: token.text }];
    case "math":
      return [{ kind: "math", source: token.text }];
    case "blockquote":
      return [{ kind: "quote", blocks: blocksOf(token.tokens, depth + 1) }];
    case "list":
      return [listOf(token, depth)];
    case "table":
      return [tableOf(token, depth)];
    case "hr":
      return [{ kind: "rule" }];
    default:
      return [{ kind: "plain", text: token.raw.trimEnd() }];
  }
}

function levelOf(depth: number): 1 | 2 | 3 | 4 | 5 | 6 {
  if (depth <= 1) return 1;
  if (depth === 2 || depth === 3 || depth === 4 || depth === 5) return depth;
  return 6;
}

function languageOf(info: string | undefined): string {
  return (info ?? "").trim().split(/\s+/, 1)[0]?.slice(0, 40) ?? "";
}

function listOf(token: Tokens.List, depth: number): Block {
  const items = token.items.map((item): ListItem => ({
    task: item.task ? item.checked === true : null,
    blocks: blocksOf(item.tokens, depth + 1),
  }));
  const start = token.ordered ? (typeof token.start === "number" ? token.start : 1) : null;
  return { kind: "list", start, tight: !token.loose, items };
}

function tableOf(token: Tokens.Table, depth: number): Block {
  const align = token.align.map((side): Align =>
    side === "right" ? "end" : side === "center" ? "center" : "start",
  );
  return {
    kind: "table",
    align,
    head: token.header.map((cell) => inlinesOf(cell.tokens, depth)),
    rows: token.rows.map((row) => row.map((cell) => inlinesOf(cell.tokens, depth))),
  };
}

function plain(text: string): Inline[] {
  return [{ kind: "text", text: decoded(text) }];
}

/** The tree of running text, neighbouring text joined. */
export function inlinesOf(tokens: Token[] | undefined, depth: number): Inline[] {
  const all: Inline[] = [];
  for (const token of tokens ?? []) {
    if (!known(token)) continue;
    for (const next of inlineOf(token, depth + 1)) {
      const last = all.at(-1);
      if (next.kind === "text" && last?.kind === "text") last.text += next.text;
      else all.push(next);
    }
  }
  return all;
}

function inlineOf(token: Known, depth: number): Inline[] {
  if (depth > DEEPEST) return [{ kind: "text", text: token.raw }];
  switch (token.type) {
    case "text":
      return token.tokens ? inlinesOf(token.tokens, depth) : plain(token.text);
    case "escape":
      return [{ kind: "text", text: token.text }];
    case "strong":
      return [{ kind: "strong", children: inlinesOf(token.tokens, depth) }];
    case "em":
      return [{ kind: "emphasis", children: inlinesOf(token.tokens, depth) }];
    case "del":
      return [{ kind: "deleted", children: inlinesOf(token.tokens, depth) }];
    case "codespan":
      return [{ kind: "code", text: token.text }];
    case "math":
      return [{ kind: "math", source: token.text, display: token.display }];
    case "br":
      return [{ kind: "break" }];
    case "link":
      return [linkOf(token, depth)];
    case "image":
      return imageOf(token);
    case "html":
      return /^<br\s*\/?>$/i.test(token.raw)
        ? [{ kind: "break" }]
        : [{ kind: "text", text: token.raw }];
    case "checkbox":
      return [];
    default:
      return [{ kind: "text", text: token.raw }];
  }
}

function linkOf(token: Tokens.Link, depth: number): Inline {
  const children = inlinesOf(token.tokens, depth);
  const address = decoded(token.href);
  const href = openable(address);
  if (href === null) return { kind: "refused", address, children };
  return { kind: "link", href, told: contradicted(token.text, href), children };
}

function imageOf(token: Tokens.Image): Inline[] {
  const address = decoded(token.href);
  const label = decoded(token.text);
  if (address.startsWith("streamdown:")) return label === "" ? [] : [{ kind: "text", text: label }];
  return [{ kind: "image", href: openable(address), address, label }];
}
