import { expect, test } from "vitest";
import { spoken } from "../../i18n";
import type { CheckpointStanding } from "../../ipc";
import { noteIn, standingWords } from "./checkpoints";

const said = (standing: CheckpointStanding, size = 1_204) => {
  const { tone, title, text } = standingWords({ standing, size });
  return [tone, title, text];
};

test.each<[CheckpointStanding, string[]]>([
  [
    { kind: "holds", signer: "Mira" },
    [
      "neutral",
      "Unchanged since then",
      "The record begins with the 1,204 events that Mira signed. Nothing before was changed.",
    ],
  ],
  [
    { kind: "holds", signer: "" },
    [
      "neutral",
      "Unchanged since then",
      "The record begins with the 1,204 events that an erased member signed. Nothing before was changed.",
    ],
  ],
  [
    { kind: "holds", signer: null },
    [
      "warn",
      "Unchanged, but signed by nobody here",
      "The record begins with the 1,204 events of this checkpoint. Nothing before was changed. Nobody here has the key that signed it.",
    ],
  ],
  [
    { kind: "changed" },
    [
      "danger",
      "The record was changed",
      "One of the first 1,204 events is not what it was when this was signed.",
    ],
  ],
  [
    { kind: "shorter" },
    [
      "danger",
      "Events are missing",
      "There were 1,204 events when this was signed, and there are fewer now.",
    ],
  ],
  [
    { kind: "unsigned" },
    [
      "warn",
      "Signed by nobody here",
      "The record does not begin with this, but nobody here has the key that signed it: anyone could have made it up. Take the file that you kept yourself.",
    ],
  ],
  [
    { kind: "foreign" },
    ["warn", "Not about this record", "This checkpoint is of another workspace."],
  ],
])("%o is said in words", (standing, words) => {
  expect(said(standing), "how bad it is, and what it means").toEqual(words);
});

test("one event is no plural", () => {
  expect(said({ kind: "holds", signer: "Mira" }, 1).at(-1)).toContain("the 1 event that Mira");
  expect(said({ kind: "changed" }, 1).at(-1)).toMatch(/^The first event is not/);
});

test("every standing has words of its own in both languages", () => {
  const standings: CheckpointStanding[] = [
    { kind: "holds", signer: "Mira" },
    { kind: "holds", signer: "" },
    { kind: "holds", signer: null },
    { kind: "changed" },
    { kind: "shorter" },
    { kind: "unsigned" },
    { kind: "foreign" },
  ];
  const english = standings.map((one) => said(one).at(-1));
  spoken.choose("de");
  const german = standings.map((one) => said(one).at(-1));
  expect(new Set([...english, ...german]).size).toBe(2 * standings.length);
});

test("a pasted checkpoint is sent with the line ends that were signed", () => {
  const note = "carrel.record/1\n7\nroot\n\n— member/2 signature\n";
  expect(noteIn(`\n${note.replaceAll("\n", "\r\n")}  \n`), "however it was pasted").toBe(note);
});
