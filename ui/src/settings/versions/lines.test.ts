import { expect, test } from "vitest";
import { diffed } from "./lines";

const drawn = (before: string | null, after: string | null) =>
  diffed(before, after).map(
    ({ mark, text }) => ({ same: " ", removed: "-", added: "+" })[mark] + text,
  );

test.each([
  ["what is the same stays unmarked", "a\nb", "a\nb", [" a", " b"]],
  ["a new text is all added", null, "a\nb", ["+a", "+b"]],
  ["one that is gone is all removed", "a", null, ["-a"]],
  ["a changed line is removed, then added", "a\nb\nc", "a\nx\nc", [" a", "-b", "+x", " c"]],
  ["a moved line is found again", "a\nb\nc", "b\nc\na", ["-a", " b", " c", "+a"]],
  ["lines between others", "a\nc\ne", "a\nb\nc\nd\ne", [" a", "+b", " c", "+d", " e"]],
  ["a line that repeats counts once", "a\na", "a", [" a", "-a"]],
  ["an end of line at the end is none", "a\n", "a", [" a"]],
])("%s", (_, before, after, lines) => {
  expect(drawn(before, after)).toEqual(lines);
});

test("texts with very many lines are shown one after the other", () => {
  const many = (word: string) =>
    Array.from({ length: 1_100 }, (_, at) => `${word}${at}`).join("\n");
  const lines = diffed(many("a"), many("b"));
  expect(lines.map((one) => one.mark).filter((mark) => mark === "removed").length).toBe(1_100);
  expect(lines[1_100]?.mark, "then what came in their place").toBe("added");
});
