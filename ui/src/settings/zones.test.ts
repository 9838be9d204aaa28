import { expect, test } from "vitest";
import { zoneName, zonesFrom, zonesLike } from "./zones";

const ALL = ["Africa/Abidjan", "America/New_York", "America/Sao_Paulo", "Europe/Lisbon"];

test("UTC and this computer's own zone come first, and what is set is never missing", () => {
  expect(zonesFrom(ALL, "Europe/Lisbon", "Europe/Kyiv"), "each once").toEqual([
    "UTC",
    "Europe/Lisbon",
    "Europe/Kyiv",
    "Africa/Abidjan",
    "America/New_York",
    "America/Sao_Paulo",
  ]);
  expect(zonesFrom(ALL, "UTC", null), "none is set").toEqual(["UTC", ...ALL]);
});

test.each([
  ["new york", ["America/New_York"]],
  ["York_new", ["America/New_York"]],
  ["europe/lis", ["Europe/Lisbon"]],
  ["são paulo", ["America/Sao_Paulo"]],
  ["atlantis", []],
  ["europe york", []],
  [" ", ALL],
])("“%s” finds zones by every word, however it is written", (typed, found) => {
  expect(zonesLike(ALL, typed)).toEqual(found);
});

test("a zone is said as people read it, and none is UTC", () => {
  expect(zoneName("America/New_York")).toBe("America/New York");
  expect(zoneName(null)).toBe("UTC");
});
