import { expect, test } from "vitest";
import type { Bar, Chart } from "./chart";
import { drawing } from "./drawing";

const bar = (parts: number[], when: Bar["when"] = "past"): Bar => ({
  begins: 0,
  when,
  parts,
  total: parts.reduce((sum, one) => sum + one, 0),
  answers: 1,
});
const chart = (bars: Bar[], ticks = [0, 5, 10]): Chart => ({
  measure: "cost",
  series: [],
  bars,
  ticks,
  cap: null,
});
const SIZE = { width: 620, scale: 1 };
const labels = (bars: string[]) => ({ bars, axis: String });

test("bars stand on the ground, and what costs the top tick reaches it", () => {
  const drawn = drawing(chart([bar([10]), bar([5])]), SIZE, labels([]));
  const [high, low] = drawn.columns.map((one) => one.blocks[0]);
  const top = drawn.grid.at(-1)?.y ?? 0;
  expect(high?.y).toBeCloseTo(top);
  expect((high?.y ?? 0) + (high?.height ?? 0), "on the line of nothing").toBeCloseTo(drawn.bottom);
  expect(low?.height, "half of it is half as high").toBeCloseTo((high?.height ?? 0) / 2);
});

test("the parts of a bar stand on each other, with a hair between", () => {
  const [column] = drawing(chart([bar([4, 0, 6])]), SIZE, labels([])).columns;
  const [lower, upper] = column?.blocks ?? [];
  expect(
    column?.blocks.map((one) => one.of),
    "nothing of what cost nothing",
  ).toEqual([0, 2]);
  expect((upper?.y ?? 0) + (upper?.height ?? 0)).toBeCloseTo((lower?.y ?? 0) - 1);
  expect(
    column?.blocks.map((one) => one.top),
    "one is the top",
  ).toEqual([false, true]);
});

test("days to come are marks, and the others are not", () => {
  const drawn = drawing(chart([bar([1], "now"), bar([0], "ahead")]), SIZE, labels([]));
  expect(drawn.columns.map((one) => one.mark !== null)).toEqual([false, true]);
});

test("labels that would touch are left out, but never the present one", () => {
  const bars = Array.from({ length: 30 }, (_bar, at) =>
    bar([1], at === 21 ? "now" : at > 21 ? "ahead" : "past"),
  );
  const texts = bars.map((_bar, at) =>
    at === 21 ? "Today" : at === 0 || at % 5 === 4 ? `${at + 1}` : "",
  );
  const shown = (width: number) =>
    drawing(chart(bars), { width, scale: 1 }, labels(texts)).labels.map((one) => one.text);
  expect(shown(620)).toEqual(["1", "5", "10", "15", "20", "Today", "25", "30"]);
  expect(shown(320), "its neighbour gives way").toEqual([
    "1",
    "5",
    "10",
    "15",
    "Today",
    "25",
    "30",
  ]);
});

test("larger text has room at the side and below", () => {
  const of = (scale: number) => drawing(chart([bar([1])]), { width: 620, scale }, labels(["1"]));
  expect(of(1.5).left).toBeGreaterThan(of(1).left);
  expect(of(1.5).height).toBeGreaterThan(of(1).height);
});

test("a chart of nothing, or without room, has no number that is none", () => {
  for (const drawn of [
    drawing(chart([bar([0], "now")], [0]), SIZE, labels(["Today"])),
    drawing(chart([bar([1])]), { width: 0, scale: 1 }, labels(["1"])),
  ]) {
    const numbers = JSON.stringify(drawn);
    expect(numbers, "JSON writes such a number as null").not.toMatch(
      /"(x|y|width|height|left|right)":null/,
    );
    expect(drawn.columns.every((one) => one.width > 0)).toBe(true);
  }
});
