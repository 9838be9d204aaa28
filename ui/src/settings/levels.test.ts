import { expect, test } from "vitest";
import { levelsToChoose, levelsWith } from "./levels";

test("the usual levels are offered, and those that are set already stay among them", () => {
  expect(levelsToChoose([]), "the usual ones").toEqual([50, 80, 90, 95]);
  expect(levelsToChoose([75, 80, 99]), "each once, rising").toEqual([50, 75, 80, 90, 95, 99]);
});

test("a level is added in its place and taken away again, and the others stay", () => {
  expect(levelsWith([50, 99], 80, true), "rising").toEqual([50, 80, 99]);
  expect(levelsWith([50, 80], 80, true), "each once").toEqual([50, 80]);
  expect(levelsWith([33, 80], 80, false), "an unusual one stays").toEqual([33]);
});
