/** Showing others what the record speaks of, from an answer's card. */
import { render, screen, waitFor, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { Failure, Provenance } from "../src/ipc";
import { useTransport } from "../src/ipc/transport";
import { stateOf } from "./fixture/door";
import { sampleWorld } from "./fixture/sample";
import ProvenAnswer from "./ProvenAnswer.svelte";

const nothing = { input: 0, cached_input: 0, cache_write: 0, cache_write_long: 0 };
const CARD: Provenance = {
  model: { provider: "harbour", model: "harbour-1" },
  provider_label: "Harbour",
  host: "",
  served_model: null,
  usage: { ...nothing, output: 5, reasoning: 0, estimated: false },
  first_token_ms: null,
  total_ms: 400,
  cost: 0,
  tries: [],
  skipped: [],
  uncalled: null,
  elapsed_ms: 400,
};
const SAVED = { sequence: 7, text: null, saved: "~/Downloads/Carrel proof of event 7.json" };
const SILENT: Failure = {
  code: "not_found",
  message: "The record says nothing of this message, or the message is not here any more.",
  retry_at: null,
  rule_ids: [],
  denied: null,
};

/** Opens the card of an answer; the core answers with `told`, or fails with it. */
async function toCard(told: Promise<unknown>, provenance = CARD, guest = false) {
  const sent: unknown[] = [];
  useTransport({
    call: (name, request) => {
      sent.push({ name, request });
      return told;
    },
    stream: () => Promise.reject(new Error("nothing is asked")),
  });
  const world = sampleWorld();
  const [owner] = world.desks;
  if (owner === undefined) throw new Error("the sample has desks");
  const message = { id: "a", chat: "chat", parent: "q", text: "Hers.", reasoning: "" };
  const ended = { author: "assistant", finish: "complete", created_at: 0, provenance } as const;
  const view = { message: { ...message, ...ended }, versions: ["a"], streaming: false };
  render(ProvenAnswer, { view, desk: { ...stateOf(world, owner), guest } });
  screen.getByRole("button", { name: /:/ }).click();
  await screen.findByRole("dialog");
  return { user: userEvent.setup(), sent };
}

async function toDialog(told: Promise<unknown>) {
  const { user, sent } = await toCard(told);
  screen.getByRole("button", { name: "Save proof…" }).click();
  const dialog = within(await screen.findByRole("dialog", { name: "Save a proof" }));
  return { user, sent, dialog };
}

test("a proof is saved of the text that was chosen, after what it shows was said", async () => {
  const { user, sent, dialog } = await toDialog(Promise.resolve(SAVED));
  expect(dialog.getByText(/reads the text that you choose/), "what it gives away").toBeVisible();
  expect(dialog.getByText(/does not show that the text is true/), "and what not").toBeVisible();
  await user.click(dialog.getByRole("radio", { name: "Your question" }));
  await user.click(dialog.getByRole("button", { name: "Save proof" }));
  expect(await screen.findByText("Proof saved")).toBeVisible();
  expect(screen.getByText(SAVED.saved), "where").toBeVisible();
  const request = { answer: "a", side: "input", save: true, note: null };
  expect(sent).toEqual([{ name: "prove_content", request }]);
  await waitFor(() => expect(screen.queryByRole("dialog"), "done").toBeNull());
});

test("where the record says nothing of an answer, that is said there", async () => {
  const failed = Promise.reject(SILENT);
  failed.catch(() => undefined);
  const { user, dialog } = await toDialog(failed);
  await user.click(dialog.getByRole("button", { name: "Save proof" }));
  expect(await dialog.findByRole("alert")).toHaveTextContent(SILENT.message);
});

test("where nobody was called, there is none to save", async () => {
  await toCard(Promise.resolve(SAVED), { ...CARD, uncalled: "All are paused." });
  expect(screen.queryByRole("button", { name: "Save proof…" })).toBeNull();
});

test("a guest is offered none: the record does not commit to what guests ask", async () => {
  await toCard(Promise.resolve(SAVED), CARD, true);
  expect(screen.queryByRole("button", { name: "Save proof…" })).toBeNull();
});
