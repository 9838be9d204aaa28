/** How an answer that is not whole is told. */
import { render, screen } from "@testing-library/svelte";
import { expect, test } from "vitest";
import type { Failure, Finish, MessageView, Provenance, TryRecord } from "../src/ipc";
import EndedAnswer from "./EndedAnswer.svelte";
import { stateOf } from "./fixture/door";
import { sampleWorld } from "./fixture/sample";

const failure: Failure = {
  code: "provider",
  message: "The connection to Harbour ended in the middle of the answer. What arrived is kept.",
  retry_at: null,
  rule_ids: [],
  denied: null,
};
const model = { provider: "harbour", model: "harbour-1" };
const failed: TryRecord = {
  attempt: "one",
  model,
  failure: "transient",
  http_status: 503,
  note: null,
};
const nothing = { input: 0, cached_input: 0, cache_write: 0, cache_write_long: 0 };

function shown(finish: Finish, text: string, tries: TryRecord[], output: number): void {
  const provenance: Provenance = {
    model,
    provider_label: "Harbour",
    host: "",
    served_model: null,
    usage: { ...nothing, output, reasoning: 0, estimated: false },
    first_token_ms: null,
    total_ms: 400,
    cost: 0,
    tries,
    skipped: [],
    uncalled: null,
    elapsed_ms: 400,
  };
  const view: MessageView = {
    message: {
      id: "a",
      chat: "chat",
      parent: "q",
      author: "assistant",
      text,
      reasoning: "",
      finish,
      created_at: 0,
      provenance,
    },
    versions: ["a"],
    streaming: false,
  };
  const world = sampleWorld();
  const [owner] = world.desks;
  if (owner === undefined) throw new Error("the sample has desks");
  render(EndedAnswer, { view, failure, provenance, desk: stateOf(world, owner) });
}
const facts = () =>
  screen.getByRole("button", { name: /^Where this/ }).textContent.replaceAll(/\s+/g, " ");

test("a partial answer says how it ended; its question is in sight", () => {
  shown("cut", "Half an answer", [{ ...failed, failure: "truncated" }], 5);
  expect(screen.getByText("The connection broke here"), "not whose problem it is").toBeVisible();
  expect(screen.queryByText(/Your question is kept/), "what arrived is").toBeNull();
  expect(facts(), "one try is none to count").toMatch(/: harbour-1 ?5 tokens ?0\.4 s/);
});

test("where nothing arrived, the question is kept, and tries are counted", () => {
  shown("failed", "", [failed, { ...failed, attempt: "two" }], 0);
  expect(screen.getByText("The provider has a problem")).toBeVisible();
  expect(screen.getByText(/Your question is kept\./)).toBeVisible();
  expect(facts(), "and no tokens").toMatch(/: harbour-1 ?2 tries ?0\.4 s/);
});
