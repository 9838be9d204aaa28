import { describe, expect, test } from "vitest";
import type { ModelUsage, UsageBar } from "../ipc";
import { chartOf, niceTicks } from "./chart";

const DOLLAR = 1_000_000_000;
const DAY = 86_400_000;

const NO_SUMS: ModelUsage["sums"] = {
  cost: 0,
  held: 0,
  answers: 0,
  failed: 0,
  fallbacks: 0,
  input: 0,
  output: 0,
  unpriced: 0,
  usual_wait_ms: null,
};
const model = (label: string): ModelUsage => ({
  model: { provider: "p", model: label },
  label,
  provider: "P",
  local: false,
  sums: NO_SUMS,
});
const day = (at: number, costs: number[], answers = 1): UsageBar => ({
  begins: at * DAY,
  answers,
  costs: costs.map((one) => one * DOLLAR),
});
const view = (labels: string[], bars: UsageBar[]) => ({
  models: labels.map(model),
  bars,
  ends: bars.length * DAY,
});

describe("the bars of a chart", () => {
  test("give the two costliest models a colour each, and all the others one", () => {
    const four = view(["A", "B", "C", "D"], [day(0, [4, 3, 2, 1]), day(1, [1, 0, 0, 0.5])]);
    const chart = chartOf(four, 0);
    expect(chart?.series).toEqual([
      { kind: "model", label: "A" },
      { kind: "model", label: "B" },
      { kind: "others" },
    ]);
    expect(
      chart?.bars.map((one) => one.parts.map((part) => part / DOLLAR)),
      "nothing is left out and nothing counted twice",
    ).toEqual([
      [4, 3, 3],
      [1, 0, 0.5],
    ]);
    expect(chart?.bars.map((one) => one.total / DOLLAR)).toEqual([10, 1.5]);
  });

  test("give no colour to a model that cost nothing", () => {
    const chart = chartOf(view(["Free", "A", "B"], [day(0, [0, 2, 1])]), 0);
    expect(chart?.series).toEqual([
      { kind: "model", label: "A" },
      { kind: "model", label: "B" },
    ]);
    expect(chart?.bars[0]?.parts, "each under its own name").toEqual([2 * DOLLAR, DOLLAR]);
  });

  test("tell what was from what is and what is still to come", () => {
    const bars = [day(0, [1]), day(1, [1]), day(2, [0], 0)];
    const when = (now: number) => chartOf(view(["A"], bars), now)?.bars.map((one) => one.when);
    expect(when(DAY), "its first moment belongs to a day").toEqual(["past", "now", "ahead"]);
    expect(when(3 * DAY - 1), "the last one").toEqual(["past", "past", "now"]);
    expect(when(3 * DAY), "a time that is over has no present").toEqual(["past", "past", "past"]);
  });

  test("count answers where nothing cost anything", () => {
    const chart = chartOf(view(["Built-in"], [day(0, [0], 3), day(1, [0], 0)]), 0);
    expect(chart?.measure).toBe("answers");
    expect(chart?.bars.map((one) => one.parts)).toEqual([[3], [0]]);
    expect(chart?.ticks).toEqual([0, 1, 2, 3]);
    const one = chartOf(view(["Built-in"], [day(0, [0], 1)]), 0);
    expect(one?.ticks, "answers are whole").toEqual([0, 1]);
  });

  test("are none where nothing was used", () => {
    expect(chartOf(view(["A"], [day(0, [0], 0)]), 0)).toBeNull();
    expect(chartOf(view([], []), 0), "not even a day").toBeNull();
  });

  test("have a limit above them where that is near, and only then", () => {
    const bars = view(["A"], [day(0, [3])]);
    const of = (cap: number | null) => chartOf(bars, 0, cap);
    expect(of(4 * DOLLAR)?.cap).toBe(4 * DOLLAR);
    expect(of(4 * DOLLAR)?.ticks.at(-1), "it has room").toBe(4 * DOLLAR);
    expect(of(7 * DOLLAR)?.cap, "it would press the bars flat").toBeNull();
    expect(of(7 * DOLLAR)?.ticks.at(-1)).toBe(3 * DOLLAR);
    expect(of(0)?.cap, "one of nothing is no line").toBeNull();
    expect(chartOf(view(["A"], [day(0, [0], 3)]), 0, 4)?.cap, "money is not answers").toBeNull();
  });
});

describe("ticks", () => {
  test.each([
    [3.8, [0, 1, 2, 3, 4]],
    [5, [0, 1, 2, 3, 4, 5]],
    [5.1, [0, 2, 4, 6]],
    [23, [0, 5, 10, 15, 20, 25]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [1_000, [0, 200, 400, 600, 800, 1_000]],
  ])("up to %d are round and reach it", (most, ticks) => {
    const found = niceTicks(most * DOLLAR).map((one) => one / DOLLAR);
    expect(found.map((one) => Number(one.toFixed(6)))).toEqual(ticks);
  });

  test("of nothing are nothing, without an endless step", () => {
    expect(niceTicks(0)).toEqual([0]);
    expect(niceTicks(Number.NaN)).toEqual([0]);
  });
});
