import { expect, test } from "vitest";
import { rowHeight } from "./rowHeight";
import { message } from "./scripted";

const rows = (...lengths: number[]) =>
  lengths.map((length) => message("a1", null, "x".repeat(length)));

test("long answers are expected to be high, so that few of them are drawn at once", () => {
  expect(rowHeight(rows(30_000, 30_000)), "hundreds of lines, up to a limit").toBe(4000);
  expect(rowHeight(rows(60, 400)), "a question and a paragraph").toBeLessThan(200);
  expect(rowHeight(rows(60, 400)), "and its actions").toBeGreaterThan(100);
});

test("places that are not loaded say nothing", () => {
  expect(rowHeight([null, ...rows(400), null]), "only what is known").toBe(rowHeight(rows(400)));
  expect(rowHeight([]), "a usual height").toBe(120);
});
