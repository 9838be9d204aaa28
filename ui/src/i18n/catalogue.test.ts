import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

type Catalogue = Record<string, unknown>;

const read = (language: string): Catalogue =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, `../../messages/${language}.json`), "utf8"),
  ) as Catalogue;

const inputs = (message: unknown) =>
  [
    ...new Set([...JSON.stringify(message).matchAll(/\{(\w+)\}/g)].map(([, name]) => name)),
  ].toSorted();

const en = read("en");
const de = read("de");

test("German says everything that English says", () => {
  expect(Object.keys(de).toSorted(), "a missing message falls back to English").toEqual(
    Object.keys(en).toSorted(),
  );
});

test("a message names the same values in both languages", () => {
  const differing = Object.keys(en).filter(
    (key) => inputs(en[key]).join() !== inputs(de[key]).join(),
  );
  expect(differing, "a value that is missing leaves a hole in the sentence").toEqual([]);
});

test("no message shouts, and none is empty", () => {
  const bad = [...Object.entries(en), ...Object.entries(de)].filter(
    ([, text]) => text === "" || (typeof text === "string" && text.includes("!")),
  );
  expect(bad, "plain, present, without exclamation marks").toEqual([]);
});
