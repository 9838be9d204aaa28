import { expect, test } from "vitest";
import type { ModelHealth } from "../ipc";
import { shownOf, shownOfAll } from "./health";

const AT = 1_000_000;

function health(more: Partial<ModelHealth> = {}): ModelHealth {
  return {
    model: { provider: "p", model: "m" },
    key: null,
    breaker: "closed",
    breaker_until: null,
    resting_until: null,
    why: null,
    failed_at: null,
    last_failure: null,
    first_token_ms: null,
    slow_first_token_ms: null,
    failing_percent: null,
    in_flight: 0,
    ...more,
  };
}
const open = (until: number) => health({ breaker: "open", breaker_until: until });
const said = (one: ModelHealth, left: number) => shownOf(one).words(left);

test("a pause counts down in minutes and seconds, and names the moment where that is far", () => {
  expect(said(open(AT + 42_000), 42)).toBe("Paused, next try in 0:42");
  expect(said(open(AT), 3_599)).toBe("Paused, next try in 59:59");
  expect(said(open(AT + 7_200_000), 7_200), "an hour and more").toMatch(/^Paused until \w/);
  expect(said(open(AT), 0), "its time has come").toBe("Paused, the next question tries it");
});

test("what a provider asked for goes before what the breaker says", () => {
  const both = health({ breaker: "open", breaker_until: AT + 5_000, resting_until: AT + 60_000 });
  expect(shownOf(both)).toMatchObject({ mark: "danger", until: AT + 60_000 });
});

test("a provider shows what asks most for a look", () => {
  const failed = health({ last_failure: "It failed." });
  const cases: [ModelHealth[], string, string][] = [
    [[], "off", "Not asked yet"],
    [[health(), health()], "ok", "Healthy"],
    [[health(), failed], "warn", "Answering, with failures"],
    [[failed, health({ breaker: "restoring" })], "warn", "Recovering"],
    [[health({ breaker: "probing" }), failed], "warn", "Recovering, one call let through"],
    [[health(), open(AT)], "warn", "1 of 2 paused"],
    [[open(AT + 9_000), open(AT + 3_000)], "danger", "Paused, next try in 0:03"],
  ];
  for (const [all, mark, words] of cases) {
    const shown = shownOfAll(all);
    expect([shown.mark, shown.words(3)], words).toEqual([mark, words]);
  }
  expect(shownOfAll([open(AT + 9_000), open(AT + 3_000)]).until, "the soonest").toBe(AT + 3_000);
});
