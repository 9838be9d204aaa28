import { expect, test } from "vitest";
import { call } from "./client";
import { asFailure, CommandFailed } from "./failure";
import { useTransport } from "./transport";

const rejecting = (reason: unknown) =>
  useTransport({ call: () => Promise.reject(reason), stream: () => Promise.reject(reason) });

test("a failure of the core arrives whole", async () => {
  const failure = {
    code: "too_many_tries",
    message: "Wait.",
    retry_at: 7,
    rule_ids: [],
    denied: null,
  };
  rejecting(failure);
  const thrown = await call("door_state").catch((error: unknown) => error);
  expect(thrown, "screens catch one kind of error").toBeInstanceOf(CommandFailed);
  expect(asFailure(thrown), "nothing is lost on the way").toEqual(failure);
});

test("whatever else is thrown becomes a defect with its words", async () => {
  rejecting("window not found");
  const thrown = await call("lock").catch((error: unknown) => error);
  expect(asFailure(thrown), "the shell speaks in strings").toEqual({
    code: "internal",
    message: "window not found",
    retry_at: null,
    rule_ids: [],
    denied: null,
  });
});

test("a command without fields sends an empty request", async () => {
  const sent: unknown[] = [];
  useTransport({
    call: (name, request) => Promise.resolve(sent.push([name, request])),
    stream: () => Promise.reject(new Error("not asked")),
  });
  await call("lock");
  expect(sent, "the core refuses a missing request").toEqual([["lock", {}]]);
});
