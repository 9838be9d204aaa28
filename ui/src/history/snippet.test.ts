import { expect, test } from "vitest";
import { markedTitle, unmarked } from "./snippet";

const read = (...texts: string[]) =>
  unmarked(texts.map((text, at) => ({ text, hit: at % 2 === 1 }))).map(({ text }) => text);

test("a_snippet_is_read_without_its_markdown", () => {
  expect(read("the **datum** moved, not the `sensor`"), "emphasis and code").toEqual([
    "the datum moved, not the sensor",
  ]);
  expect(read("```python\nresidual = 38\n```"), "fences").toEqual([" residual = 38 "]);
  expect(read("## Drift\nof station 4"), "heads").toEqual(["Drift of station 4"]);
  expect(read("| month | mm |\n|---|---:|\n| March | 38 |"), "tables").toEqual([
    " month mm March 38 ",
  ]);
});

test("a_mark_around_a_hit_goes_on_both_sides", () => {
  expect(read("the **", "datum", "** moved"), "the hit stays").toEqual(["the ", "datum", " moved"]);
});

test("what_only_looks_like_a_mark_stays", () => {
  expect(read("2 * 3 in snake_", "case", "_name"), "arithmetic and names").toEqual([
    "2 * 3 in snake_",
    "case",
    "_name",
  ]);
  expect(read("a – b - c"), "dashes").toEqual(["a – b - c"]);
});

test("a_title_is_marked_where_the_index_found_it", () => {
  const marked = (title: string, query: string) =>
    markedTitle(title, query)
      .map(({ text, hit }) => (hit ? `[${text}]` : text))
      .join("");
  expect(marked("Tide drift, tides", "TIDE drift"), "whole words").toBe("[Tide] [drift], tides");
  expect(marked("Drift of the tide gauge", "tide gau"), "the last may go on").toBe(
    "Drift of the [tide] [gauge]",
  );
  expect(marked("A tide at all", "a"), "not from one letter").toBe("[A] tide at all");
  expect(marked("Über die Flut", "uber from:me"), "without accents and filters").toBe(
    "[Über] die Flut",
  );
  expect(marked("Station 4", '"station 4"'), "phrases").toBe("[Station] [4]");
  expect(marked("Anything", ""), "nothing asked").toBe("Anything");
});
