import { screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CommandFailed } from "../src/ipc";
import { toasts } from "../src/kit";
import { sampleRecord } from "./fixture/record";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf, type OpenWindow } from "./window";

const button = (name: string) => screen.getByRole("button", { name });
const sentAs = ({ backend }: OpenWindow) =>
  backend.sent.filter((one) => one.name === "export_record").map((one) => one.request);

let world: World;
beforeEach(() => {
  world = sampleWorld();
  world.record = sampleRecord(world, 0);
});
afterEach(() => {
  for (const { id } of toasts.list) toasts.dismiss(id);
});

async function toRecord(who = "Elena"): Promise<OpenWindow> {
  const opened = await openDeskOf(world, who);
  await opened.user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Record" }).click();
  await screen.findByRole("table", { name: "Events" });
  return opened;
}

async function toExport(who?: string): Promise<{ opened: OpenWindow; dialog: HTMLElement }> {
  const opened = await toRecord(who);
  await opened.user.click(button("Export…"));
  return { opened, dialog: await screen.findByRole("dialog", { name: "Export the record" }) };
}

const saveIn = (dialog: HTMLElement) => within(dialog).getByRole("button", { name: "Save" });

describe("exporting the record", () => {
  test("offers the signed package first, and tells where it was saved", async () => {
    const { opened, dialog } = await toExport();
    const forms = within(dialog).getAllByRole("radio");
    expect(forms.map((one) => one.getAttribute("value"))).toEqual([
      "package",
      "jsonl",
      "csv",
      "ocsf",
    ]);
    expect(within(dialog).getByRole("radio", { name: "Signed package" })).toBeChecked();
    expect(dialog, "it is no secret").toHaveAccessibleDescription(/The record says who exported/);
    await opened.user.click(saveIn(dialog));
    const notices = within(screen.getByRole("region", { name: "Notices" }));
    expect(await notices.findByText("Record saved")).toBeVisible();
    expect(notices.getByText("~/Downloads/Carrel record.tar")).toBeVisible();
    expect(sentAs(opened)).toEqual([{ form: "package" }]);
    await waitFor(() => expect(screen.queryByRole("dialog"), "done").toBeNull());
  });

  test("is done by keys alone, in another form", async () => {
    const opened = await toRecord();
    button("Export…").focus();
    await opened.user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Export the record" });
    await waitFor(() =>
      expect(within(dialog).getByRole("radio", { name: "Signed package" })).toHaveFocus(),
    );
    expect(await axeFindings(), "for everybody").toEqual([]);
    await opened.user.keyboard("{ArrowDown}{ArrowDown}");
    await opened.user.tab();
    await opened.user.tab();
    expect(saveIn(dialog)).toHaveFocus();
    await opened.user.keyboard("{Enter}");
    expect(await screen.findByText("~/Downloads/Carrel record.csv")).toBeVisible();
    expect(sentAs(opened), "the third").toEqual([{ form: "csv" }]);
    await waitFor(() => expect(button("Export…"), "and back").toHaveFocus());
  });

  test("is an auditor’s, too", async () => {
    const jonas = world.desks.find((one) => one.card.name === "Jonas");
    if (jonas) jonas.role = "auditor";
    const { opened, dialog } = await toExport("Jonas");
    await opened.user.click(saveIn(dialog));
    expect(await screen.findByText("Record saved")).toBeVisible();
  });

  test("makes no package of a record that does not hold, but a table", async () => {
    world.recordFault = { sequence: 12, fault: "changed" };
    const { opened, dialog } = await toExport();
    await opened.user.click(saveIn(dialog));
    const alert = await within(dialog).findByRole("alert");
    expect(alert).toHaveTextContent(/The record does not hold\./);
    await opened.user.click(within(dialog).getByRole("radio", { name: "Table (CSV)" }));
    await opened.user.click(saveIn(dialog));
    expect(await screen.findByText("Saved, but the record does not hold")).toBeVisible();
    expect(
      screen.getByText(/^The record does not hold at event 12\. .*Carrel record\.csv$/),
      "where, and where it lies",
    ).toBeVisible();
  });

  test("says why nothing was written, and is there to be tried again", async () => {
    const { opened, dialog } = await toExport();
    const usual = opened.backend.call.bind(opened.backend);
    let full = true;
    const message = "The record could not be written where it was to go. No space left on device";
    const failure = {
      code: "invalid" as const,
      message,
      retry_at: null,
      rule_ids: [],
      denied: null,
    };
    opened.backend.call = (name, request) =>
      name === "export_record" && full
        ? Promise.reject(new CommandFailed(failure))
        : usual(name, request);
    await opened.user.click(saveIn(dialog));
    expect(await within(dialog).findByRole("alert")).toHaveTextContent(/No space left/);
    await opened.user.click(within(dialog).getByRole("button", { name: "Cancel" }));
    full = false;
    await opened.user.click(button("Export…"));
    const again = await screen.findByRole("dialog", { name: "Export the record" });
    expect(within(again).queryByRole("alert"), "that is over").toBeNull();
    await opened.user.click(saveIn(again));
    expect(await screen.findByText("Record saved")).toBeVisible();
  });
});
