import { Lexer } from "marked";
import { describe, expect, test, vi } from "vitest";

import { HOSTILE, ORDINARY } from "./corpus";
import { parse } from "./parse";
import { MarkdownStream } from "./stream";

const all = [...ORDINARY, ...HOSTILE];

function streamed(pieces: string[]): MarkdownStream {
  const stream = new MarkdownStream();
  for (const piece of pieces) stream.append(piece);
  return stream;
}

describe("streaming", () => {
  test("a_split_at_every_place_gives_the_same_tree_as_one_piece", () => {
    for (const text of all) {
      const whole = parse(text);
      for (let at = 0; at <= text.length; at += 1) {
        const stream = streamed([text.slice(0, at), text.slice(at)]);
        expect(stream.finish(), `split at ${at} of ${JSON.stringify(text)}`).toEqual(whole);
      }
    }
  });

  test("settled_blocks_are_never_taken_back", () => {
    // A definition below its use changes what stands above it: the one case left to the last parse.
    for (const text of all.filter((each) => !each.includes("[r]:"))) {
      const whole = parse(text);
      const stream = new MarkdownStream();
      for (const unit of text) {
        stream.append(unit);
        const settled = stream.settled;
        expect(settled, `after ${JSON.stringify(text.slice(0, 60))}`).toEqual(
          whole.slice(0, settled.length),
        );
      }
      expect(stream.finish(), "unit by unit").toEqual(whole);
    }
  });

  test("the_joined_corpus_settles_as_it_grows", () => {
    const text = ORDINARY.filter((part) => !part.includes("never closed")).join("\n\nnext\n\n");
    const whole = parse(text);
    const stream = new MarkdownStream();
    for (let at = 0; at < text.length; at += 7) {
      stream.append(text.slice(at, at + 7));
      expect(stream.settled, `at ${at}`).toEqual(whole.slice(0, stream.settled.length));
    }
    expect(stream.settled.length, "nearly everything is settled before the end").toBeGreaterThan(
      whole.length - 6,
    );
  });

  test("finishing_keeps_the_identity_of_blocks_that_did_not_change", () => {
    const stream = streamed(["One.\n\nTwo.\n\nThr", "ee."]);
    const [first, second] = stream.blocks;
    const [one, two] = stream.finish();
    expect(one, "settled, so not redrawn").toBe(first);
    expect(two, "settled, so not redrawn").toBe(second);
  });

  test("a_definition_seen_earlier_serves_the_blocks_that_follow", () => {
    const stream = streamed(["[r]: https://example.org/\n\nText.\n\n", "See [r]."]);
    expect(stream.blocks.at(-1), "the tail knows the definition").toEqual({
      kind: "paragraph",
      children: [
        { kind: "text", text: "See " },
        {
          kind: "link",
          href: "https://example.org/",
          told: null,
          children: [{ kind: "text", text: "r" }],
        },
        { kind: "text", text: "." },
      ],
    });
  });

  test("open_marks_of_the_tail_are_closed_for_the_eye", () => {
    expect(streamed(["so **bol"]).tail, "bold while it is written").toEqual([
      {
        kind: "paragraph",
        children: [
          { kind: "text", text: "so " },
          { kind: "strong", children: [{ kind: "text", text: "bol" }] },
        ],
      },
    ]);
    expect(streamed(["a [link](https://exa"]).tail, "no half address on the page").toEqual([
      { kind: "paragraph", children: [{ kind: "text", text: "a link" }] },
    ]);
  });

  test("settled_text_is_not_parsed_again", () => {
    const paragraph = "A paragraph with **bold** and `code` in it.\n\n";
    const stream = new MarkdownStream();
    const lex = vi.spyOn(Lexer.prototype, "lex");
    for (let at = 0; at < 2000; at += 1) stream.append(paragraph);
    const read = lex.mock.calls.reduce((sofar, [source]) => sofar + source.length, 0);
    const written = 2000 * paragraph.length;
    expect(read, "all of it is read").toBeGreaterThanOrEqual(written);
    expect(read, "each piece reads little more than itself").toBeLessThan(4 * written);
    expect(stream.tail.length, "only the last block is open").toBeLessThan(3);
  });
});
