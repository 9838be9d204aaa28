import { describe, expect, test } from "vitest";
import { spoken } from "../i18n";
import type { LimitScope, LimitStanding, Span, UsagePeriod, UsageSums, UsageView } from "../ipc";
import { figuresOf } from "./figures";
import type { Shown } from "./usage.svelte";
import {
  axisText,
  barText,
  costText,
  emptyText,
  failedShare,
  firstToRunOut,
  foreignZone,
  lastDayText,
  moneyLimit,
  periodText,
  shareOf,
  tickText,
  unpricedText,
} from "./words";

const DOLLAR = 1_000_000_000;
const AUCKLAND = "Pacific/Auckland";
/** Midnight there, thirteen hours before that in Greenwich. */
const auckland = (month: number, day: number, year = 2026) =>
  Date.UTC(year, month - 1, day) - 13 * 3_600_000;
const NOW = auckland(11, 23) + 3_600_000;

const NOTHING: UsageSums = {
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

function shown(
  period: UsagePeriod,
  begins: number,
  ends: number,
  view: Partial<UsageView> = {},
): Shown {
  return {
    asked: { of: { kind: "me" }, period, back: 0 },
    at: NOW,
    view: {
      begins,
      ends,
      time_zone: AUCKLAND,
      choices: [],
      total: NOTHING,
      at_this_pace: null,
      bars: [],
      models: [],
      people: [],
      chats: [],
      elsewhere: null,
      ...view,
    },
  };
}
const november = (view: Partial<UsageView> = {}) =>
  shown("month", auckland(11, 1), auckland(12, 1), view);

describe("times", () => {
  test("are those of the workspace, wherever this machine is", () => {
    expect(periodText(november())).toBe("November");
    expect(lastDayText(november())).toMatch(/^November 30$|^30 November$/);
    expect(barText(auckland(11, 23), "month", AUCKLAND)).toMatch(/Monday.*23|23.*Monday/);
    expect(tickText(auckland(11, 15), "month", AUCKLAND)).toBe("15");
    expect(tickText(auckland(11, 14), "month", AUCKLAND), "not below each bar").toBe("");
    expect(tickText(auckland(11, 23), "week", AUCKLAND)).toBe("Mon 23");
    expect(tickText(auckland(11, 1), "year", AUCKLAND)).toBe("Nov");
  });

  test("name the year where it is not the present one", () => {
    const before = shown("month", auckland(12, 1, 2025), auckland(1, 1, 2026));
    expect(periodText(before)).toBe("December 2025");
    expect(periodText(shown("year", auckland(1, 1), auckland(1, 1, 2027)))).toBe("2026");
    const week = shown("week", auckland(11, 17), auckland(11, 24));
    expect(periodText(week)).toMatch(/17.*23/);
    expect(periodText(week)).not.toMatch(/2026/);
  });

  test("where nothing was used are said as the language says them", () => {
    spoken.choose("de");
    expect(emptyText(november())).toBe("Im November wurde nichts verbraucht");
    expect(emptyText(shown("year", auckland(1, 1), auckland(1, 1, 2027)))).toBe(
      "Im Jahr 2026 wurde nichts verbraucht",
    );
    expect(tickText(auckland(11, 23), "week", AUCKLAND)).toBe("Mo 23");
  });

  test("say their zone where it is another than here, and a strange one breaks nothing", () => {
    const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(foreignZone(here)).toBeNull();
    const other = here === AUCKLAND ? "Asia/Tokyo" : AUCKLAND;
    expect(foreignZone(other)).toBe(other);
    expect(barText(NOW, "month", "Mars/Olympus_Mons")).toMatch(/November/);
  });
});

describe("amounts", () => {
  test("of no known price are never said to be nothing", () => {
    const unknown = { ...NOTHING, answers: 3, unpriced: 3 };
    expect(costText(unknown)).toBeNull();
    expect(unpricedText(unknown)).toBe("price of 3 calls not known");
    expect(unpricedText({ ...unknown, unpriced: 1 })).toBe("price of 1 call not known");
    expect(costText({ ...unknown, cost: DOLLAR }), "what is known").toBe("$1.00");
    expect(unpricedText(NOTHING)).toBeNull();
  });

  test("that cost nothing are free, and nothing at all is no money", () => {
    expect(costText({ ...NOTHING, answers: 3 })).toBe("free");
    expect(costText({ ...NOTHING, failed: 3 }, true), "on this machine").toBe("free");
    expect(costText({ ...NOTHING, failed: 3 })).toBe("$0.00");
  });

  test("on the axis have the digits of a step", () => {
    const axis = (step: number, amount: number) =>
      axisText(
        { measure: "cost", series: [], bars: [], ticks: [0, step * DOLLAR], cap: null },
        amount * DOLLAR,
      );
    expect([axis(1, 2), axis(0.5, 1), axis(0.002, 0.004)]).toEqual(["$2", "$1.00", "$0.004"]);
    const answers = { measure: "answers" as const, series: [], bars: [], ticks: [0], cap: null };
    expect(axisText(answers, 1_000), "no money").toBe("1,000");
  });

  test("are parts of a whole, also where the whole is nothing", () => {
    const [part, whole] = [
      { ...NOTHING, cost: DOLLAR, answers: 1 },
      { ...NOTHING, cost: 4 * DOLLAR, answers: 2 },
    ];
    expect(shareOf(part, whole)).toBe(25);
    expect(shareOf({ ...part, cost: 0 }, { ...whole, cost: 0 }), "of answers then").toBe(50);
    expect(shareOf(NOTHING, NOTHING)).toBe(0);
    expect(failedShare({ ...NOTHING, answers: 97, failed: 3 })).toBe("3%");
    expect(failedShare(NOTHING)).toBe("0%");
  });
});

const standing = (most: number, scope: LimitScope["kind"], span: Span): LimitStanding => ({
  limit: {
    scope: scope === "workspace" ? { kind: "workspace" } : { kind: "each_profile" },
    measure: { kind: "money", span },
    most: most * DOLLAR,
  },
  held: 0,
  spent: 0,
  ends: NOW,
  warned: null,
  pool: null,
});
const LIMITS = {
  limits: [
    standing(5, "workspace", "month"),
    standing(90, "each_profile", "month"),
    standing(60, "each_profile", "month"),
    standing(4, "each_profile", "day"),
  ],
  askable: [],
};

test("the tightest own limit of a time is that of the figures, not what many share", () => {
  expect(moneyLimit(LIMITS, "month")?.limit.most).toBe(60 * DOLLAR);
  expect(moneyLimit(LIMITS, "day")?.limit.most).toBe(4 * DOLLAR);
  expect(moneyLimit(null, "day")).toBeNull();
  const shared = { limits: [standing(5, "workspace", "month")], askable: [] };
  expect(moneyLimit(shared, "month"), "one's own money is not held against it alone").toBeNull();
  expect(firstToRunOut(LIMITS.limits)?.limit.most, "whoever shares it").toBe(4 * DOLLAR);
});

describe("figures", () => {
  const total = { ...NOTHING, cost: 38.6 * DOLLAR, answers: 412, fallbacks: 9, failed: 4 };
  const said = (view: Partial<UsageView>, limits = LIMITS) =>
    figuresOf(november({ total, ...view }), limits).map(({ amount, text }) => `${amount} ${text}`);

  test("say what was spent of what, and where it leads", () => {
    expect(said({ at_this_pace: 50.4 * DOLLAR })).toEqual([
      "$38.60 spent of $60.00",
      "412 answers",
      "9 answered by fallback",
      expect.stringMatching(/^\$50 by (November 30|30 November) at this pace$/),
    ]);
  });

  test("say what failed where nothing is to be foreseen", () => {
    expect(said({})[3]).toBe("4 failed calls, 1%");
    expect(said({ total: { ...total, failed: 1 } })[3]).toBe("1 failed call, 0%");
    expect(said({ total: { ...total, failed: 0 } })[3], "without a rate").toBe("0 failed calls");
  });

  test("know no limit for another time, and none for others", () => {
    const of = (asked: Partial<Shown["asked"]>) => {
      const one = november({ total });
      return figuresOf({ ...one, asked: { ...one.asked, ...asked } }, LIMITS)[0]?.text;
    };
    expect(of({})).toBe("spent of $60.00");
    expect(of({ back: 1 })).toBe("spent");
    expect(of({ period: "year" })).toBe("spent");
    expect(of({ of: { kind: "everyone" } })).toBe("spent");
  });

  test("say what is held, and what has no price", () => {
    const held = { ...total, held: DOLLAR / 25, unpriced: 2 };
    expect(figuresOf(november({ total: held }), null)[0]?.details).toEqual([
      "$0.04 more held for answers under way",
      "price of 2 calls not known",
    ]);
    const unknown = { ...NOTHING, answers: 2, unpriced: 2 };
    expect(figuresOf(november({ total: unknown }), null)[0]?.amount).toBe("unknown");
  });
});
