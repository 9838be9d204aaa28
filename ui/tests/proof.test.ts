import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";
import type { Provenance } from "../src/ipc";
import { sampleRecord } from "./fixture/record";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf, type OpenWindow } from "./window";

const CARD: Provenance = {
  model: { provider: "p1", model: "mistral-large-latest" },
  provider_label: "Mistral",
  host: "api.mistral.ai",
  served_model: null,
  usage: {
    input: 6_000,
    cached_input: 0,
    cache_write: 0,
    cache_write_long: 0,
    output: 1_140,
    reasoning: 0,
    estimated: false,
  },
  first_token_ms: null,
  total_ms: 400,
  cost: 0,
  tries: [],
  skipped: [],
  uncalled: null,
  elapsed_ms: 400,
};

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.record = sampleRecord(world, 0);
  const mira = world.desks.find(({ card }) => card.name === "Mira");
  for (const message of mira?.chats[0]?.messages.values() ?? [])
    if (message.author === "assistant") message.provenance = CARD;
});

const sent = ({ backend }: OpenWindow) =>
  backend.sent.filter((one) => one.name === "prove_content").map((one) => one.request);

/** Opens the card of an answer, and from it the dialog. */
async function toDialog(): Promise<{ opened: OpenWindow; dialog: HTMLElement }> {
  const opened = await openDeskOf(world, "Mira");
  await opened.user.click(await screen.findByRole("button", { name: /^Station 4 drift after/ }));
  await opened.user.click(
    await screen.findByRole("button", { name: /^Where this answer came from/ }),
  );
  await opened.user.click(await screen.findByRole("button", { name: "Save proof…" }));
  return { opened, dialog: await screen.findByRole("dialog", { name: "Save a proof" }) };
}

test("a proof is saved of the text that was chosen, after what it shows was said", async () => {
  const { opened, dialog } = await toDialog();
  expect(dialog, "what it gives away").toHaveAccessibleDescription(/reads the text that you/);
  expect(within(dialog).getByText(/does not show that the text is true/)).toBeVisible();
  expect(await axeFindings(), "for everybody").toEqual([]);
  await opened.user.click(within(dialog).getByRole("radio", { name: "Your question" }));
  await opened.user.click(within(dialog).getByRole("button", { name: "Save proof" }));
  const notices = within(screen.getByRole("region", { name: "Notices" }));
  expect(await notices.findByText("Proof saved")).toBeVisible();
  expect(notices.getByText(/^~\/Downloads\/Carrel proof of event \d+\.json$/)).toBeVisible();
  expect(sent(opened)).toEqual([{ answer: expect.any(String), side: "input", save: true }]);
  await waitFor(() => expect(screen.queryByRole("dialog"), "done").toBeNull());
});

test("where the record says nothing of an answer, that is said there", async () => {
  world.record = [];
  const { opened, dialog } = await toDialog();
  await opened.user.click(within(dialog).getByRole("button", { name: "Save proof" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent(
    "The record says nothing of this message, or the message is not here any more.",
  );
  expect(sent(opened)).toHaveLength(1);
});
