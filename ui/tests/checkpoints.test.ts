import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { checkpointOf, noteOf } from "./fixture/checkpoints";
import { sampleRecord } from "./fixture/record";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf, type OpenWindow } from "./window";

const button = (name: string) => screen.getByRole("button", { name });
const sentAs = ({ backend }: OpenWindow, name: string) =>
  backend.sent.filter((one) => one.name === name).map((one) => one.request);

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.record = sampleRecord(world, 0);
});

async function toRecord(who = "Elena"): Promise<OpenWindow> {
  const opened = await openDeskOf(world, who);
  await opened.user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Record" }).click();
  await screen.findByRole("table", { name: "Events" });
  return opened;
}

const profileOf = (name: string) =>
  world.desks.find(({ card }) => card.name === name)?.card.profile ?? "";
/** A checkpoint that somebody kept of the record as it is now. */
const keptOf = (signer: string) => checkpointOf(world, profileOf(signer));

async function toCompare(): Promise<{ opened: OpenWindow; dialog: HTMLElement }> {
  const opened = await toRecord();
  await opened.user.click(button("Compare…"));
  return { opened, dialog: await screen.findByRole("dialog", { name: /^Compare with/ }) };
}

async function compare(note: string): Promise<{ opened: OpenWindow; dialog: HTMLElement }> {
  const { opened, dialog } = await toCompare();
  await opened.user.click(within(dialog).getByLabelText("Checkpoint that you kept"));
  await opened.user.paste(note);
  await opened.user.click(within(dialog).getByRole("button", { name: "Compare" }));
  return { opened, dialog };
}

describe("a checkpoint", () => {
  test("is saved as a file, and is told where", async () => {
    const opened = await toRecord();
    await opened.user.click(button("Save a checkpoint"));
    const notices = within(screen.getByRole("region", { name: "Notices" }));
    expect(await notices.findByText("Checkpoint saved")).toBeVisible();
    expect(notices.getByText("~/Downloads/Carrel record checkpoint.txt")).toBeVisible();
    expect(sentAs(opened, "make_checkpoint"), "as a file").toEqual([{ save: true }]);
  });

  test("is an auditor’s to save, too", async () => {
    const jonas = world.desks.find((one) => one.card.name === "Jonas");
    if (jonas) jonas.role = "auditor";
    const { user } = await toRecord("Jonas");
    await user.click(button("Save a checkpoint"));
    expect(await screen.findByText("Checkpoint saved")).toBeVisible();
  });

  test("is not made of a record that does not hold, and that is said until it is", async () => {
    world.recordFault = { sequence: 12, fault: "changed" };
    const { user } = await toRecord();
    await user.click(button("Save a checkpoint"));
    const words = /^The record does not hold\. Verify it to see where/;
    const told = await screen.findByText(words);
    expect(told.closest("[role=alert]"), "at once").not.toBeNull();
    world.recordFault = null;
    await user.click(button("Save a checkpoint"));
    await screen.findByText("Checkpoint saved");
    expect(screen.queryByText(words), "settled").toBeNull();
  });
});

describe("one that was kept", () => {
  test("is compared by keys alone: the record begins with what was signed", async () => {
    const size = world.record.length;
    const note = noteOf(keptOf("Mira"));
    const opened = await toRecord();
    button("Compare…").focus();
    await opened.user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Compare with a checkpoint" });
    expect(dialog, "what it is for").toHaveAccessibleDescription(/^Keep checkpoints on another/);
    const field = within(dialog).getByLabelText("Checkpoint that you kept");
    await waitFor(() => expect(field, "the hand is there").toHaveFocus());
    await opened.user.paste(note);
    await opened.user.tab();
    await opened.user.tab();
    await opened.user.tab();
    expect(within(dialog).getByRole("button", { name: "Compare" })).toHaveFocus();
    await opened.user.keyboard("{Enter}");
    const result = await within(dialog).findByRole("status");
    expect(result).toHaveTextContent(
      `The record begins with the ${size} events that Mira signed. Nothing before was changed.`,
    );
    expect(sentAs(opened, "compare_checkpoint"), "as it was written").toEqual([{ note }]);
    expect(await axeFindings(), "for everybody").toEqual([]);
    await opened.user.keyboard("{Escape}");
    await waitFor(() => expect(button("Compare…"), "and back").toHaveFocus());
  });

  test("holds with another’s key too, which is not hidden", async () => {
    const { dialog } = await compare(noteOf({ ...keptOf("Mira"), signer: "somebody-else" }));
    expect(await within(dialog).findByRole("status")).toHaveTextContent(
      /Nobody here has the key that signed it\.$/,
    );
  });

  test("shows that an event was changed, and what to do", async () => {
    const kept = keptOf("Mira");
    world.record = world.record.map((one) =>
      one.sequence === 5 ? { ...one, text: one.text.replace(/"at":\d/, '"at":9') } : one,
    );
    const { dialog } = await compare(noteOf(kept));
    const alert = await within(dialog).findByRole("alert");
    expect(alert).toHaveTextContent(`One of the first ${kept.size} events is not what it was`);
    expect(alert, "what to do").toHaveTextContent(/Keep a copy of the data folder.*carrel doctor/);
  });

  test("shows that the end was cut off", async () => {
    const kept = keptOf("Mira");
    world.record = world.record.slice(0, -3);
    const { dialog } = await compare(noteOf(kept));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(
      `There were ${kept.size} events when this was signed, and there are fewer now.`,
    );
  });

  test("of another workspace says nothing of this one", async () => {
    const { dialog } = await compare(noteOf({ ...keptOf("Mira"), workspace: "another" }));
    expect(await within(dialog).findByRole("status")).toHaveTextContent(
      "This checkpoint is of another workspace.",
    );
  });

  test("has to be one: what is none is refused, and nothing is compared with nothing", async () => {
    const { opened, dialog } = await toCompare();
    const { user } = opened;
    const field = within(dialog).getByLabelText("Checkpoint that you kept");
    await user.click(within(dialog).getByRole("button", { name: "Compare" }));
    expect(field, "it is missing").toHaveAccessibleDescription(/^Paste a checkpoint/);
    expect(sentAs(opened, "compare_checkpoint"), "nobody was asked").toEqual([]);
    await user.type(field, "Dear diary");
    await user.click(within(dialog).getByRole("button", { name: "Compare" }));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(
      /This is no checkpoint of a record/,
    );
  });

  test("is read from its file, and what came of another text is not shown beside it", async () => {
    const { opened, dialog } = await compare(noteOf({ ...keptOf("Mira"), workspace: "another" }));
    await within(dialog).findByRole("status");
    const note = noteOf(keptOf("Elena"));
    const input = dialog.querySelector<HTMLInputElement>("input[type=file]");
    if (!input) throw new Error("a file can be chosen");
    await opened.user.upload(input, new File([note], "checkpoint.txt", { type: "text/plain" }));
    await waitFor(() =>
      expect(within(dialog).getByLabelText("Checkpoint that you kept")).toHaveValue(note),
    );
    expect(within(dialog).queryByRole("status"), "that was the other’s").toBeNull();
    await opened.user.click(within(dialog).getByRole("button", { name: "Compare" }));
    expect(await within(dialog).findByRole("status")).toHaveTextContent(/that Elena signed/);
  });

  test("is read from a file no further than a checkpoint goes", async () => {
    const { opened, dialog } = await toCompare();
    const input = dialog.querySelector<HTMLInputElement>("input[type=file]");
    if (!input) throw new Error("a file can be chosen");
    await opened.user.upload(input, new File(["a".repeat(100_000)], "film.txt"));
    const field = within(dialog).getByLabelText<HTMLTextAreaElement>("Checkpoint that you kept");
    await waitFor(() => expect(field.value, "so that it is refused").toHaveLength(4_097));
  });
});

test("a file that cannot be read is said to be, until something else is compared", async () => {
  const { opened, dialog } = await toCompare();
  const input = dialog.querySelector<HTMLInputElement>("input[type=file]");
  if (!input) throw new Error("a file can be chosen");
  const gone = new File(["x"], "gone.txt");
  gone.slice = () => {
    throw new Error("it is gone");
  };
  await opened.user.upload(input, gone);
  const field = within(dialog).getByLabelText("Checkpoint that you kept");
  await waitFor(() =>
    expect(field).toHaveAccessibleDescription(/^The file could not be read\. Choose it again/),
  );
  await opened.user.click(field);
  await opened.user.paste(noteOf(keptOf("Mira")));
  await opened.user.click(within(dialog).getByRole("button", { name: "Compare" }));
  await within(dialog).findByRole("status");
  expect(field, "settled").not.toHaveAccessibleDescription();
});

describe("a proof", () => {
  const panel = async (opened: OpenWindow, sequence: number) => {
    const row = document.querySelector<HTMLElement>(`tr[data-sequence="${sequence}"]`);
    if (!row) throw new Error(`event ${sequence} is not listed`);
    await opened.user.click(within(row).getByRole("button"));
    return within(await screen.findByRole("complementary", { name: /^Event/ }));
  };

  test("of an event is copied as it is written, and is told what it shows", async () => {
    const opened = await toRecord();
    const event = await panel(opened, 20);
    const proof = event.getByRole("button", { name: "Copy proof" });
    expect(proof).toHaveAccessibleDescription(
      "Shows others that this event is in the record, without any other event.",
    );
    await opened.user.click(proof);
    await waitFor(() => expect(proof).toHaveTextContent("Copied"));
    expect(sentAs(opened, "prove_event"), "in the whole record").toEqual([
      { sequence: 20, note: null },
    ]);
    expect(JSON.parse(await navigator.clipboard.readText())).toMatchObject({
      carrel_proof: 1,
      event: 20,
      text: world.record[19]?.text,
    });
    expect(await axeFindings(), "for everybody").toEqual([]);
    await opened.user.click(event.getByRole("button", { name: "Event below" }));
    expect(event.getByRole("button", { name: "Copy proof" }), "not this one’s").toBeVisible();
  });

  test("cannot be had of a record that does not hold, and that is said there", async () => {
    world.recordFault = { sequence: 12, fault: "changed" };
    const opened = await toRecord();
    const event = await panel(opened, 20);
    await opened.user.click(event.getByRole("button", { name: "Copy proof" }));
    expect(await event.findByRole("alert")).toHaveTextContent(
      /The record does not hold\. Verify it/,
    );
    expect(event.queryByText("Copied"), "nothing was").toBeNull();
  });
});
