import { describe, expect, test } from "vitest";
import { IdleClock } from "./idle";

const MINUTE = 60_000;
const RULE = { after: 10 * MINUTE, onSuspend: true };
const at = (wall: number, monotonic = wall) => ({ wall, monotonic });

describe("an idle desk", () => {
  test("warns twenty seconds before it locks, and locks on time", () => {
    const idle = new IdleClock(at(0));
    expect(idle.look(at(9 * MINUTE), RULE), "long before").toBe("active");
    expect(idle.look(at(10 * MINUTE - 20_000), RULE), "just before").toBe("warn");
    expect(idle.look(at(10 * MINUTE), RULE), "at the minute").toBe("lock");
  });

  test("stays open while someone is there", () => {
    const idle = new IdleClock(at(0));
    idle.touched(at(9 * MINUTE));
    expect(idle.look(at(10 * MINUTE), RULE), "a minute after the last key").toBe("active");
  });

  test("locks after sleep, though the monotonic clock saw no time pass", () => {
    const idle = new IdleClock(at(0));
    expect(idle.look(at(MINUTE, 1_000), RULE), "a minute asleep").toBe("lock");
  });

  test("does not take a corrected clock for sleep", () => {
    const idle = new IdleClock(at(0));
    expect(idle.look(at(5_000, 1_000), RULE), "four seconds of correction").toBe("active");
  });

  test("sleeps on where the person wants it so, up to the time without input", () => {
    const awake = { after: null, onSuspend: false };
    expect(new IdleClock(at(0)).look(at(60 * MINUTE, 0), awake), "never lock").toBe("active");
    const timed = { ...RULE, onSuspend: false };
    expect(new IdleClock(at(0)).look(at(60 * MINUTE, 0), timed), "sleep is no input").toBe("lock");
  });
});
