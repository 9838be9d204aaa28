import { describe, expect, test } from "vitest";

import type { Estimated, LimitMeasure, LimitScope, LimitStanding, Span } from "../ipc";
import {
  andPool,
  atLeast,
  atMost,
  exceeds,
  fundFigures,
  fundName,
  fundNote,
  leftText,
  modelPrice,
  ordered,
  priceText,
  spentText,
  tokensAtMost,
} from "./price";

const DOLLAR = 1_000_000_000;
const NOW = new Date(2026, 10, 23, 9, 41).getTime();
const MIDNIGHT = new Date(2026, 10, 24).getTime();

const priced = (up_to: number | null): Estimated => ({ models: [], up_to, left: null });
const standing = (
  most: number,
  spent: number,
  measure: LimitMeasure = { kind: "money", span: "day" },
  scope: LimitScope = { kind: "each_profile" },
): LimitStanding => ({
  limit: { scope, measure, most },
  held: 0,
  spent,
  ends: MIDNIGHT,
  warned: null,
  pool: null,
});

describe("the words of a price", () => {
  test("say up to, free, or that nobody knows, and never nothing for unknown", () => {
    expect(
      [40_000_000, 0, null].map((nano) => priceText(priced(nano))),
      "each state",
    ).toEqual(["up to $0.04", "free", "price not known"]);
    expect(
      [40_000_000, 0, null].map((up_to) => modelPrice({ up_to })),
      "of one among others",
    ).toEqual(["$0.04", "free", "price not known"]);
  });

  test("promise no less than it may cost, and no more than is left", () => {
    const amounts = [1, 4_321_000, 43_460_000, 123_400_000, 1_239_000_001];
    expect(amounts.map(atMost), "rounded up").toEqual([
      "$0.0001",
      "$0.0044",
      "$0.044",
      "$0.13",
      "$1.24",
    ]);
    expect(amounts.map(atLeast), "rounded down").toEqual([
      "$0.00",
      "$0.0043",
      "$0.043",
      "$0.12",
      "$1.23",
    ]);
  });

  test("name the tokens of the model that may cost the most", () => {
    const one = (input: number, up_to: number | null) => ({
      model: { provider: "p", model: `${input}` },
      label: "",
      input,
      output: 2_000,
      up_to,
    });
    const models = [one(9_000, 1), one(9_600, 2)];
    expect(tokensAtMost({ models, up_to: 2, left: null }), "the second").toBe(
      "9,600 tokens in, 2,000 out at most.",
    );
    expect(tokensAtMost({ models, up_to: null, left: null }), "else the first").toContain("9,000");
  });
});

describe("the words of what is left", () => {
  test("say until when", () => {
    const spans: Span[] = ["minute", "hour", "day", "month"];
    const of = (span: Span) => standing(4 * DOLLAR, 2.79 * DOLLAR, { kind: "money", span });
    expect(
      spans.map((span) => leftText(of(span))),
      "by the limit's time",
    ).toEqual([
      "$1.21 left this minute",
      "$1.21 left this hour",
      "$1.21 left today",
      "$1.21 left this month",
    ]);
    expect(
      spans.map((span) => fundName(of(span), NOW)),
      "in the account",
    ).toEqual(["This minute", "This hour", "Today", "November"]);
    expect(spentText(of("month")), "used up").toBe("This month’s $4.00 is spent");
  });

  test("count what is held as gone", () => {
    expect(leftText({ ...standing(4 * DOLLAR, 2 * DOLLAR), held: DOLLAR }), "for now").toBe(
      "$1.00 left today",
    );
  });

  test("say one's own first, then the pool, and that both are spent", () => {
    const shared = (spent: number, used: number): LimitStanding => {
      const own = standing(4 * DOLLAR, spent * DOLLAR);
      const limit = { ...own.limit, pool: 20 * DOLLAR };
      return { ...own, limit, pool: { used: used * DOLLAR, warned: null } };
    };
    const words = (one: LimitStanding) => [leftText(one), andPool(one)];
    expect(words(shared(1, 5)), "both").toEqual(["$3.00 left today", "+ $15.00 pool"]);
    expect(words(shared(9, 5)), "the pool alone").toEqual(["$15.00 left in the pool", null]);
    expect(words(shared(9, 25)), "neither").toEqual(["$0.00 left today", null]);
    expect(words(standing(4 * DOLLAR, 0)), "none beside it").toEqual(["$4.00 left today", null]);
    expect(exceeds(priced(18 * DOLLAR), shared(1, 5)), "it may straddle both").toBe(false);
    expect(exceeds(priced(18 * DOLLAR + 1), shared(1, 5)), "and no more").toBe(true);
    expect(spentText(shared(9, 25))).toBe("Today’s $4.00 is spent, and so is the pool");
    expect(fundFigures(shared(1, 5)), "each by itself").toEqual(["$3.00", "of $4.00 left"]);
  });

  test("warn only where the price is known and more than that", () => {
    const left = standing(4 * DOLLAR, 3 * DOLLAR);
    const prices = [priced(DOLLAR + 1), priced(DOLLAR), priced(0), priced(null), null];
    expect(
      prices.map((price) => exceeds(price, left)),
      "against one dollar",
    ).toEqual([true, false, false, false, false]);
    expect(exceeds(priced(DOLLAR), null), "without a limit").toBe(false);
  });

  test("say of the limit that runs out first when it starts again", () => {
    const own = standing(4 * DOLLAR, 0);
    expect(fundNote(own, true, NOW), "by the clock on the wall").toBe(
      "Runs out first. Starts again at midnight.",
    );
    expect(fundNote({ ...own, ends: MIDNIGHT + 3_600_000 }, true, NOW), "any other time").toMatch(
      /^Runs out first\. Starts again tomorrow, 0?1:00/,
    );
    const shared = standing(4, 0, { kind: "money", span: "day" }, { kind: "workspace" });
    expect(fundNote(shared, false, NOW), "whose it is").toBe("For everybody together.");
    expect(fundNote(own, false, NOW), "nothing else").toBe("");
  });

  test("count tokens and answers as what they are", () => {
    const tokens = standing(50_000, 38_000, { kind: "tokens", span: "day" });
    expect(fundFigures(tokens), "no money").toEqual(["12,000", "of 50,000 tokens left"]);
    const at_once = { ...standing(3, 0, { kind: "at_once" }), ends: null };
    expect(fundName(at_once, NOW), "it has no time").toBe("3 answers at once");
  });

  test("stand in the order in which they matter", () => {
    const workspace = standing(9, 0, { kind: "money", span: "month" }, { kind: "workspace" });
    const tokens = standing(9, 0, { kind: "tokens", span: "day" });
    const month = standing(9, 0, { kind: "money", span: "month" });
    const day = standing(9, 0);
    expect(
      ordered([tokens, workspace, month, day], day),
      "first what runs out, then money, one's own before everybody's",
    ).toEqual([day, month, workspace, tokens]);
  });
});
