import { describe, expect, test } from "vitest";
import { spoken } from "../i18n";
import type { CatalogueRow, ModelFacts } from "../ipc";
import { ownOf, priceTyped, typedContext, typedOf, typedPrice, wrongFields } from "./overrides";

const FACTS: ModelFacts = {
  price: { input: 2_500_000_000, output: 10_000_000_000, cached: 1_250_000_000, write: null },
  tiered: false,
  context: 128_000,
  images: true,
  tools: true,
  reasoning: false,
  structured: true,
};
const ROW: CatalogueRow = {
  model: { provider: "p", model: "m" },
  label: "m",
  may_change: true,
  facts: FACTS,
  listed: FACTS,
  own: null,
};

describe("a typed price", () => {
  test("takes point or comma, and is exact to the millionth", () => {
    for (const [typed, nano] of [
      ["0", 0],
      ["2.5", 2_500_000_000],
      ["$0,075", 75_000_000],
      ["0.000001", 1_000],
      ["10000", 10_000_000_000_000],
    ] as const)
      expect(typedPrice(typed), typed).toBe(nano);
  });

  test("is none below nothing, beyond all prices, or finer than can be counted", () => {
    for (const typed of ["", "-1", "NaN", "1e3", "Infinity", "10000.01", "0.0000001", "1.2.3"])
      expect(typedPrice(typed), typed).toBeNull();
  });

  test("is shown as it was typed", () => {
    for (const typed of ["0", "2.5", "0.075", "0.000001", "10000"])
      expect(priceTyped(typedPrice(typed) ?? -1), typed).toBe(typed);
    spoken.choose("de");
    expect(priceTyped(75_000_000), "with a comma in German").toBe("0,075");
  });
});

test("a context is a number of tokens, with or without marks between the thousands", () => {
  for (const typed of ["128000", "128,000", "128.000", "128 000", "128’000"])
    expect(typedContext(typed), typed).toBe(128_000);
  for (const typed of ["0", "-5", "12.5", "many", "2000000000"])
    expect(typedContext(typed), typed).toBeNull();
});

describe("own values", () => {
  test("say nothing where everything is as listed", () => {
    const typed = typedOf(ROW);
    expect(typed.input, "a price begins with the list's").toBe("2.5");
    expect(ownOf(typed), "but is not set").toEqual({
      price: { kind: "listed" },
      context: null,
      images: null,
      tools: null,
      reasoning: null,
      structured: null,
    });
  });

  test("come back into the form as they were saved", () => {
    const own = ownOf({
      ...typedOf(ROW),
      kind: "set",
      input: "3",
      cached: "",
      context: "9,000",
      says: { images: "no", tools: "yes", reasoning: "listed", structured: "listed" },
    });
    expect(own.price, "an empty price of cached input is as input").toEqual({
      kind: "set",
      price: { input: 3_000_000_000, output: 10_000_000_000, cached: null, write: null },
    });
    expect([own.context, own.images, own.tools, own.reasoning]).toEqual([9_000, false, true, null]);
    expect(ownOf(typedOf({ ...ROW, own })), "and once more").toEqual(own);
  });

  test("name the fields that hold no number, and only those that count", () => {
    const typed = { ...typedOf(ROW), input: "-1", cached: "dear", context: "much" };
    expect(wrongFields({ ...typed, kind: "set" })).toEqual(new Set(["input", "cached", "context"]));
    expect(wrongFields(typed), "a price that is not set is not read").toEqual(new Set(["context"]));
  });
});
