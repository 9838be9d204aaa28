import { expect, test } from "vitest";
import type { LimitMeasure, LimitStanding, Subject } from "../../ipc";
import {
  fieldText,
  grantText,
  standingText,
  typedMoment,
  untilOf,
  usualWay,
  waysFor,
} from "./grants";

/** A Wednesday. */
const NOW = new Date(2026, 10, 25, 14, 30).getTime();
const DAY = 86_400_000;
const more = (measure: LimitMeasure): Subject => ({ kind: "more", measure });
const ACCESS: Subject = { kind: "access", row: { kind: "programs" } };

test.each([
  [more({ kind: "money", span: "day" }), "Grant until midnight", "2026-11-26T00:00"],
  [more({ kind: "tokens", span: "minute" }), "Grant until midnight", "2026-11-26T00:00"],
  [more({ kind: "at_once" }), "Grant until midnight", "2026-11-26T00:00"],
  [more({ kind: "requests", span: "month" }), "Grant for this month", "2026-12-01T00:00"],
  [ACCESS, "Grant for 7 days", "2026-12-02T14:30"],
])("%j is usually given as “%s”, until %s", (subject, words, until) => {
  expect(grantText(subject)).toBe(words);
  expect(fieldText(untilOf(usualWay(subject), NOW)), "by the calendar here").toBe(until);
});

test("the usual way comes first, each end once, and a time of one's own last", () => {
  const day = more({ kind: "money", span: "day" });
  expect(waysFor(day, NOW)).toEqual(["midnight", "week", "thirty", "other"]);
  expect(waysFor(ACCESS, NOW)).toEqual(["seven", "midnight", "week", "thirty", "other"]);
  const sunday = new Date(2026, 10, 29, 9).getTime();
  expect(waysFor(day, sunday), "the week ends tonight").toEqual(["midnight", "thirty", "other"]);
  expect(fieldText(untilOf("week", NOW)), "with Sunday").toBe("2026-11-30T00:00");
  expect(fieldText(untilOf("thirty", NOW))).toBe("2026-12-25T14:30");
});

test("a typed time is one that comes, within a year and that exists", () => {
  expect(typedMoment("2026-11-25T14:31", NOW)).toBe(NOW + 60_000);
  expect(typedMoment(" 2026-11-26 00:00 ", NOW), "as a field without a picker").toBe(
    untilOf("midnight", NOW),
  );
  for (const wrong of ["2026-11-25T14:30", "2026-11-24T18:00", "2026-02-30T10:00", "tomorrow", ""])
    expect(typedMoment(wrong, NOW), wrong).toBeNull();
  expect(typedMoment(fieldText(NOW + 366 * DAY), NOW), "the last day").toBe(NOW + 366 * DAY);
  expect(typedMoment(fieldText(NOW + 366 * DAY + 60_000), NOW), "too far").toBeNull();
});

test("how a limit stands is said with its own amounts", () => {
  const standing = (measure: LimitMeasure, spent: number, most: number): LimitStanding => ({
    limit: { scope: { kind: "each_profile" }, measure, most },
    held: 0,
    spent,
    ends: measure.kind === "at_once" ? null : NOW,
    warned: null,
    pool: null,
  });
  const used = standing({ kind: "money", span: "day" }, 3_500_000_000, 4_000_000_000);
  expect(standingText("Tom", used)).toBe("Tom has used $3.50 of $4.00.");
  const shared: LimitStanding = {
    ...used,
    limit: { ...used.limit, pool: 10_000_000_000 },
    pool: { used: 7_500_000_000, warned: null },
  };
  expect(standingText("Tom", shared), "and what else there is for them").toBe(
    "Tom has used $3.50 of $4.00. $2.50 of the pool is left.",
  );
  expect(standingText("Tom", standing({ kind: "at_once" }, 0, 2))).toBe(
    "Tom may have 2 answers at once.",
  );
  expect(standingText("Tom", null)).toBe("");
});
