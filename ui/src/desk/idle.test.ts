import { describe, expect, test } from "vitest";
import { InputReport } from "./idle";

describe("a window's report of input", () => {
  test("is made at once when the desk opens, then every five seconds", () => {
    const report = new InputReport();
    expect(report.due(0), "on opening").toBe(true);
    expect(report.due(4_999), "too soon").toBeNull();
    expect(report.due(5_000), "nobody was there").toBe(false);
  });

  test("says once that somebody was there", () => {
    const report = new InputReport();
    report.due(0);
    report.touched();
    expect(report.due(5_000), "a key was pressed").toBe(true);
    expect(report.due(10_000), "and none since").toBe(false);
  });

  test("does not wait while the person is being warned", () => {
    const report = new InputReport();
    report.due(0);
    report.answered(20);
    expect(report.warns, "twenty seconds before").toBe(true);
    expect(report.due(1_000), "nobody there").toBeNull();
    report.touched();
    expect(report.due(1_001), "back in time").toBe(true);
    report.answered(600);
    expect(report.warns, "the desk stays open").toBe(false);
  });

  test("never warns on a desk that does not lock by itself", () => {
    const report = new InputReport();
    report.answered(null);
    expect(report.warns).toBe(false);
  });
});
