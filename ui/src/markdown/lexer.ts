/**
 * marked's lexer, set up once: GitHub's dialect, maths, and no HTML state.
 *
 * Only tokens are taken from marked; its HTML renderer is never used.
 */
import { Lexer, Marked, type Token, type Tokens, type TokensList } from "marked";

/** Link definitions that were seen so far. */
export type LinkDefinitions = TokensList["links"];

/** A formula as the lexer hands it on. */
export interface MathToken extends Tokens.Generic {
  type: "math";
  raw: string;
  text: string;
  display: boolean;
}

/** Emphasis is looked for only in paragraphs up to this length; marked needs quadratic time. */
const LONGEST_EMPHASIS = 10_000;

const BLOCK =
  /^ {0,3}(?:\$\$((?:(?!\n[ \t]*\n)[^])+?)\$\$|\\\[((?:(?!\n[ \t]*\n)[^])+?)\\\])[ \t]*(?:\n|$)/;
const INLINE_DISPLAY =
  /^(?:\$\$((?:(?!\n[ \t]*\n)[^]){1,4000}?)\$\$|\\\[((?:(?!\n[ \t]*\n)[^]){1,4000}?)\\\])/;
const INLINE_PAREN = /^\\\(([^\n]{1,2000}?)\\\)/;
/** As pandoc: no space inside the marks, no digit after the closing one, so that prices stay prices. */
const INLINE_DOLLAR =
  /^\$(?![\s$\d.,])((?:\\[^\n]|[^\\$\n]){0,1999}(?:\\[^\n]|[^\\$\n\s]))\$(?![\d$])/;
const INLINE_NUMBER =
  /^\$(\d[\d.,]*(?:[ ]?[\\^_=+*/<>{}()a-zA-Z|-]+[^$\n]{0,200})?(?<![\s]))\$(?![\d$\w])/;

function math(match: RegExpExecArray | null, display: boolean): MathToken | undefined {
  if (match === null) return undefined;
  const text = (match[1] ?? match[2] ?? "").trim();
  return text === "" ? undefined : { type: "math", raw: match[0], text, display };
}

const marked = new Marked({ gfm: true, breaks: false, async: false });
marked.use({
  tokenizer: {
    // Without marked's link and raw-block state, which would leak from one block into the next.
    tag(src) {
      const match = this.rules.inline.tag.exec(src);
      if (match === null) return undefined;
      return {
        type: "html",
        raw: match[0],
        inLink: false,
        inRawBlock: false,
        block: false,
        text: match[0],
      };
    },
    emStrong(_src, maskedSrc) {
      return maskedSrc.length > LONGEST_EMPHASIS ? undefined : false;
    },
  },
  extensions: [
    { name: "math", level: "block", tokenizer: (src) => math(BLOCK.exec(src), true) },
    {
      name: "math",
      level: "inline",
      start: (src) => {
        const at = src.search(/\$|\\[([]/);
        return at < 0 ? undefined : at;
      },
      tokenizer: (src) =>
        math(INLINE_DISPLAY.exec(src), true) ??
        math(INLINE_PAREN.exec(src), false) ??
        math(INLINE_DOLLAR.exec(src), false) ??
        math(INLINE_NUMBER.exec(src), false),
    },
  ],
});

/** The block tokens of `source`; null where it is too tangled to take apart. */
export function lex(source: string, links: LinkDefinitions = {}): Token[] | null {
  const lexer = new Lexer(marked.defaults);
  lexer.tokens.links = { ...links };
  try {
    return [...lexer.lex(source)];
  } catch {
    return null;
  }
}
