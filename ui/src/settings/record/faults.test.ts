import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spoken } from "../../i18n";
import type { FaultKind } from "../../ipc";
import { checkpointsText, faultText, faultTitle, standingOf, unbrokenTitle } from "./faults";

const API = readFileSync(
  join(import.meta.dirname, "../../../../crates/engine/src/api/record.rs"),
  "utf8",
);
const FAULTS: readonly FaultKind[] = [
  "changed",
  "gap",
  "unknown_signer",
  "bad_signature",
  "cut",
  "forked",
  "not_as_checkpointed",
  "bad_checkpoint",
  "checkpoints_gone",
];

const UNBROKEN = {
  events: 7,
  head: "ff",
  fault: null,
  checkpoints: 0,
  checkpointed: 0,
  first_key: null,
  begun: 0,
};

test("every fault of the core has a sentence of its own in both languages", () => {
  const body = API.split("pub enum FaultKind {\n")[1]?.split("\n}\n")[0] ?? "";
  expect([...body.matchAll(/^ {4}[A-Z]\w+,$/gm)].length, "all of them").toBe(FAULTS.length);
  const sentences = FAULTS.flatMap((fault) =>
    (["en", "de"] as const).map((language) => {
      spoken.choose(language);
      return faultText({ sequence: 9, fault });
    }),
  );
  expect(new Set(sentences).size, "told apart").toBe(2 * FAULTS.length);
});

test("a fault says where, what it means, and how much before it holds", () => {
  const gap = { sequence: 4_812, fault: "gap" as const };
  expect(faultTitle(gap)).toBe("The record does not hold at event 4,812");
  expect(faultText(gap)).toBe(
    "It does not follow event 4,811: something was removed, inserted or put in another order. The 4,811 events before it hold.",
  );
  expect(faultTitle({ ...gap, fault: "cut" }), "nothing stands there").toBe(
    "From event 4,812 on, the record is missing",
  );
  expect(faultText({ sequence: 2, fault: "forked" })).toMatch(/The event before it holds\.$/);
  expect(faultText({ sequence: 1, fault: "gap" }), "there is none before it").toBe(
    "It is not the first event: something was removed or inserted before it.",
  );
});

test("an unbroken record says how long it is and since when", () => {
  expect(unbrokenTitle(48_126, "2 March")).toBe("Unbroken: 48,126 events since 2 March");
  expect(unbrokenTitle(48_126, null)).toBe("Unbroken: 48,126 events");
  expect(unbrokenTitle(1, "2 March")).toBe("Unbroken: 1 event");
});

test("the checkpoints that Carrel made say how many hold, up to where, and where they began anew", () => {
  const made = { checkpoints: 1_204, checkpointed: 48_100, first_key: "5d".repeat(32), begun: 1 };
  const report = { ...UNBROKEN, ...made };
  expect(checkpointsText(report)).toBe("1,204 checkpoints hold, the last at event 48,100.");
  expect(checkpointsText({ ...report, begun: 3 })).toMatch(
    /48,100\. Checkpoints began anew more than once: a backup was put back, a key was lost, or/,
  );
  expect(checkpointsText({ ...report, checkpoints: 0 })).toMatch(/^Checkpoints were removed/);
  expect(checkpointsText({ ...report, checkpoints: 0, first_key: null })).toBe(
    "Carrel has made no checkpoint by itself yet.",
  );
});

test("one event stands as the last check found it, and a newer one does not", () => {
  const well = UNBROKEN;
  expect([7, 8].map((at) => standingOf(at, well))).toEqual(["held", null]);
  const broken = {
    ...UNBROKEN,
    events: 3,
    fault: { sequence: 4, fault: "changed" as const },
  };
  expect([3, 4, 5].map((at) => standingOf(at, broken))).toEqual(["held", "faulty", "behind"]);
  expect(standingOf(1, null), "not checked yet").toBeNull();
  const rewritten = {
    ...UNBROKEN,
    checkpointed: 3,
    fault: { sequence: 7, fault: "not_as_checkpointed" as const },
  };
  expect([3, 4, 7].map((at) => standingOf(at, rewritten))).toEqual(["held", "behind", "behind"]);
  expect(faultText(rewritten.fault), "no false comfort").not.toMatch(/before it hold/);
});
