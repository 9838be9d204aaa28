import { expect, test } from "vitest";
import { CommandFailed, type Failure, type ReadUsage } from "../ipc";
import { useTransport } from "../ipc/transport";
import { Usage } from "./usage.svelte";

const FAILURE: Failure = {
  code: "internal",
  message: "No.",
  retry_at: null,
  rule_ids: [],
  denied: null,
};

interface Question {
  request: ReadUsage;
  answer: (end: number) => void;
  fail: () => void;
}

/** A core that answers when it is told to. */
function slowCore(): Question[] {
  const questions: Question[] = [];
  useTransport({
    call: (_name, request) =>
      new Promise((resolve, reject) => {
        questions.push({
          request: request as ReadUsage,
          answer: (ends) => resolve({ ends, choices: [] }),
          fail: () => reject(new CommandFailed(FAILURE)),
        });
      }),
    stream: () => Promise.reject(new Error("nobody asks")),
  });
  return questions;
}

test("an answer to an older question never takes the place of a newer one", async () => {
  const questions = slowCore();
  const usage = new Usage();
  const first = usage.read();
  const second = usage.want({ period: "year" });
  questions[1]?.answer(2);
  await second;
  questions[0]?.answer(1);
  await first;
  expect(usage.shown?.view.ends, "what was asked last").toBe(2);
  expect(usage.shown?.asked.period).toBe("year");
  expect(usage.reading).toBe(false);
});

test("an older failure does not hide what came after it", async () => {
  const questions = slowCore();
  const usage = new Usage();
  const first = usage.read();
  const second = usage.want({ back: 1 });
  questions[1]?.answer(2);
  await second;
  questions[0]?.fail();
  await first;
  expect(usage.failure).toBeNull();
  expect(usage.shown?.view.ends).toBe(2);
});

test("another length of time begins at the present one, another person does not", async () => {
  const questions = slowCore();
  const usage = new Usage();
  void usage.want({ back: 3 });
  void usage.want({ of: { kind: "everyone" } });
  expect(questions.at(-1)?.request).toEqual({ of: { kind: "everyone" }, period: "month", back: 3 });
  void usage.want({ period: "week" });
  expect(questions.at(-1)?.request).toEqual({ of: { kind: "everyone" }, period: "week", back: 0 });
});

test("nobody's amounts are shown below another's name while theirs are read", async () => {
  const questions = slowCore();
  const usage = new Usage();
  const first = usage.read();
  questions[0]?.answer(1);
  await first;
  void usage.want({ back: 1 });
  expect(usage.shown?.view.ends, "one's own stay until others come").toBe(1);
  void usage.want({ of: { kind: "everyone" } });
  expect(usage.shown).toBeNull();
});
