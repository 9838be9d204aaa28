import { beforeEach, describe, expect, test } from "vitest";
import { spoken } from "./language.svelte";
import { ago, ahead, byteSize, daysBefore, exactly, fullDay, when, whenExactly } from "./time";

const NOW = new Date(2026, 10, 23, 10, 30).getTime();
const at = (...parts: [number, number, number, number?, number?]) => new Date(...parts).getTime();

beforeEach(() => spoken.choose("de"));

describe("times as people say them", () => {
  test.each([
    ["this morning", at(2026, 10, 23, 9, 5), "Heute, 09:05"],
    ["last evening", at(2026, 10, 22, 23, 59), "Gestern, 23:59"],
    ["this week", at(2026, 10, 19, 12), "Donnerstag"],
    ["this year", at(2026, 9, 12), "12. Oktober"],
    ["an older year", at(2024, 4, 3), "3. Mai 2024"],
  ])("%s", (_what, moment, wanted) => {
    expect(when(moment, NOW), "in the language of the screens").toBe(wanted);
  });

  test.each([
    ["this morning", at(2026, 10, 23, 9, 5), "Heute, 09:05"],
    ["last evening", at(2026, 10, 22, 23, 59), "Gestern, 23:59"],
    ["this week", at(2026, 10, 19, 12), "Donnerstag, 12:00"],
    ["this year", at(2026, 9, 12, 7, 30), "12. Oktober, 07:30"],
  ])("%s, with the clock", (_what, moment, wanted) => {
    expect(whenExactly(moment, NOW), "a day may have several").toBe(wanted);
    expect(whenExactly(moment, NOW, true), "and a minute").toBe(`${wanted}:00`);
  });

  test.each([
    ["later today", at(2026, 10, 23, 18, 20), "heute, 18:20"],
    ["midnight", at(2026, 10, 24), "morgen, 00:00"],
    ["within a week", at(2026, 10, 27, 12), "Freitag, 12:00"],
    ["the same weekday of another week", at(2026, 10, 30, 12), "30.11.2026, 12:00"],
    ["what is over by now", at(2026, 10, 22, 12), "22.11.2026, 12:00"],
  ])("%s, as it lies ahead", (_what, moment, wanted) => {
    expect(ahead(moment, NOW), "in a sentence").toBe(wanted);
  });

  test("midnight makes yesterday, not twenty-four hours", () => {
    expect(daysBefore(at(2026, 10, 22, 23, 59), at(2026, 10, 23, 0, 1)), "two minutes").toBe(1);
  });

  test.each([
    [30_000, "gerade eben"],
    [12 * 60_000, "vor 12 Minuten"],
    [2 * 3_600_000, "vor 2 Stunden"],
    [40 * 86_400_000, "vor 5 Wochen"],
    [-5_000, "gerade eben"],
  ])("%d ms ago", (past, wanted) => {
    expect(ago(NOW - past, NOW), "a clock that was set back says now").toBe(wanted);
  });

  test("the record’s day and moment leave nothing out", () => {
    const moment = at(2026, 10, 23, 9, 41) + 31_204;
    expect(fullDay(moment), "with its year").toBe("Montag, 23. November 2026");
    expect(exactly(moment), "to the millisecond, with its zone").toMatch(
      /^23\. November 2026 um 09:41:31,204 \S+$/,
    );
  });

  test("sizes are read in the unit that fits", () => {
    const sizes = [512, 4_200_000, 23_000_000n].map((size) => byteSize(size));
    expect(sizes, "JSON's numbers and 64-bit ones alike").toEqual(["512 Byte", "4,2 MB", "23 MB"]);
  });
});
