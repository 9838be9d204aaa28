import { describe, expect, test } from "vitest";
import { spoken } from "../i18n";
import type { LimitMeasure, LimitScope, LimitStanding } from "../ipc";
import { typedAmount } from "../settings/limits";
import {
  leftOf,
  narrowest,
  ownOf,
  ownScope,
  poolFacts,
  poolOf,
  presets,
  standingText,
  typedText,
  warnedText,
} from "./standing";

const DOLLAR = 1_000_000_000;
const money: LimitMeasure = { kind: "money", span: "day" };
const NOW = new Date(2026, 10, 23, 10, 30).getTime();
const MIDNIGHT = new Date(2026, 10, 24).getTime();

const standing = (scope: LimitScope, most: number, spent: number, held = 0): LimitStanding => ({
  limit: { scope, measure: money, most },
  spent,
  held,
  ends: MIDNIGHT,
  warned: null,
  pool: null,
});

describe("a limit of one's own", () => {
  test("says what is used of it and when it begins anew", () => {
    const used = standing({ kind: "each_profile" }, 4 * DOLLAR, 1.5 * DOLLAR);
    expect(standingText(used, NOW)).toMatch(
      /^\$1\.50 of \$4\.00 used, begins anew tomorrow, (00:00|12:00\sAM)$/,
    );
  });

  test("says what the pool gave beyond it, and names the unit once", () => {
    const measure = { kind: "requests", span: "day" } as const;
    const own = standing({ kind: "each_profile" }, 1, 0);
    const shared = (spent: number, used: number): LimitStanding => ({
      ...own,
      limit: { ...own.limit, measure, pool: 5 },
      spent,
      pool: { used, warned: null },
    });
    expect(standingText(shared(0, 2), NOW)).toMatch(
      /^0 of 1 request used, begins anew .*\. 3 requests left in the pool$/,
    );
    expect(standingText(shared(3, 4), NOW)).toMatch(
      /^1 of 1 request used, .*\. 2 requests taken from the pool, 1 request left in it$/,
    );
  });

  test("has left what is neither used nor held, never less than nothing", () => {
    expect(leftOf(standing({ kind: "each_profile" }, 4, 1, 2))).toBe(1);
    expect(leftOf(standing({ kind: "each_profile" }, 4, 5))).toBe(0);
  });

  test("says the level it reached, until nothing is left", () => {
    const used = (spent: number, warned: number | null) =>
      warnedText({ ...standing({ kind: "each_profile" }, 100, spent), warned });
    expect(used(70, null), "none is reached").toBeNull();
    expect(used(85, 80)).toBe("80 % used");
    expect(used(100, 95), "used up says more").toBeNull();
    const atOnce = standing({ kind: "each_profile" }, 10, 8);
    expect(warnedText({ ...atOnce, ends: null, warned: 80 }), "it ends by itself").toBeNull();
  });

  test("goes on with its pool, which everybody uses", () => {
    const shared = (spent: number, used: number, warned: number | null = null): LimitStanding => {
      const own = standing({ kind: "each_profile" }, 100, spent);
      return { ...own, limit: { ...own.limit, pool: 50 }, pool: { used, warned } };
    };
    const cases = [shared(40, 10), shared(120, 20), shared(120, 50), shared(40, 70)];
    expect(cases.map(leftOf), "of both; nobody's own is taken away").toEqual([100, 30, 0, 60]);
    expect(cases.map(warnedText), "what is used up while the other is left").toEqual([
      null,
      "Your own is used up",
      null,
      null,
    ]);
    const half = { kind: "money", span: "day" } as const;
    const pool = poolOf(shared(120, 20, 80));
    expect(pool, "as a limit by itself").toEqual({
      limit: { scope: { kind: "each_profile" }, measure: half, most: 50, pool: 50 },
      spent: 20,
      held: 0,
      ends: MIDNIGHT,
      warned: 80,
      pool: null,
    });
    const dollars = standing({ kind: "each_profile" }, DOLLAR, 0);
    const nearly = {
      ...dollars,
      limit: { ...dollars.limit, pool: 10 * DOLLAR },
      pool: { used: 8.5 * DOLLAR, warned: 80 },
    };
    expect(poolFacts(nearly)).toEqual(["$8.50 of the pool used (80 % used)"]);
    expect(poolFacts(dollars), "there is none").toEqual([]);
    expect(ownOf(nearly), "without it").toEqual(dollars);
    spoken.choose("de");
    expect(poolFacts(nearly)).toEqual(["8,50\u00a0$ des Topfs verbraucht (80 % verbraucht)"]);
    expect(warnedText(shared(120, 20))).toBe("Deine eigene Grenze ist ausgeschöpft");
  });

  test("of a group says that others count, too", () => {
    expect(ownScope({ kind: "group", group: "g1" })).toBe("for a group that you are in, together");
  });

  test("that leaves the least is the one to ask about, unless others share it", () => {
    const shared = standing({ kind: "workspace" }, 100, 100);
    const each = standing({ kind: "each_profile" }, 40, 10);
    const mine = standing({ kind: "profile", profile: "m" }, 10, 5);
    expect(narrowest([shared, each, mine], money)).toBe(mine);
    expect(narrowest([shared], money), "better than nothing").toBe(shared);
    expect(narrowest([each], { kind: "money", span: "month" })).toBeNull();
  });
});

describe("amounts to choose from", () => {
  test("follow the limit", () => {
    expect(presets(money, 4 * DOLLAR)).toEqual([2 * DOLLAR, 4 * DOLLAR, 8 * DOLLAR]);
    expect(presets({ kind: "tokens", span: "day" }, 12_345), "in round numbers").toEqual([
      6200, 12_000, 25_000,
    ]);
    expect(presets({ kind: "requests", span: "hour" }, 3)).toEqual([2, 3, 6]);
  });

  test("stand by themselves where nothing is given", () => {
    expect(presets(money, 0)).toEqual([DOLLAR, 2 * DOLLAR, 5 * DOLLAR]);
  });

  test.each(["en", "de"] as const)("are typed as they are read, in %s", (language) => {
    spoken.choose(language);
    const half = 500_000_000;
    expect(typedAmount("money", typedText(money, half)), "fifty cents").toBe(half);
    expect(typedAmount("tokens", typedText({ kind: "tokens", span: "day" }, 120_000))).toBe(
      120_000,
    );
  });
});
