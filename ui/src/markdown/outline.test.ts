import { expect, test } from "vitest";
import { outline } from "./outline";
import { parse } from "./parse";

const levels = (text: string) => [...outline(parse(text)).values()];

test("headings follow the chat's title without a jump", () => {
  expect(levels("# A\n\n## B\n\n### C\n\n# D"), "as written, below the title").toEqual([
    2, 3, 4, 2,
  ]);
  expect(levels("### A\n\ntext\n\n##### B"), "what is left out is closed up").toEqual([2, 3]);
});

test("headings inside quotes and lists belong to the same outline", () => {
  expect(levels("## A\n\n> #### B\n\n- ###### C"), "each one deeper").toEqual([2, 3, 4]);
});
