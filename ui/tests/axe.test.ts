import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { PASSPHRASE, sampleWorld } from "./fixture/sample";
import { emptyWorld } from "./fixture/world";
import { axeFindings, openDeskOf, openWindow } from "./window";

const button = (name: string | RegExp) => screen.findByRole("button", { name });

async function clean(what: string): Promise<void> {
  expect(await axeFindings(), `${what} is for everyone`).toEqual([]);
}

describe("axe finds nothing", () => {
  test("before a desk", async () => {
    const { user } = await openWindow(sampleWorld());
    await clean("the chooser");
    await user.keyboard("nonsense{Enter}");
    await screen.findByText(/After 2 more/);
    await clean("a wrong passphrase");
    await user.click(await button("Use a recovery code"));
    await screen.findByRole("heading", { name: /with the code/ });
    await clean("recovery");
    await user.click(await button("Back"));
    await user.click(await button(/New desk/));
    await user.click(await button("I have an invitation"));
    await screen.findByRole("heading", { name: "Set up your desk" });
    await clean("joining");
  });

  test("in the first run", async () => {
    const world = emptyWorld();
    world.localServers = sampleWorld().localServers;
    const { user } = await openWindow(world);
    await clean("the workspace step");
    await user.type(screen.getByLabelText("Workspace"), "T");
    await user.type(screen.getByLabelText("Your name"), "E");
    await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);
    await screen.findByRole("heading", { name: /Keep this code/ });
    await clean("the code step");
    const groups = world.open?.recoveryGroups ?? [];
    await user.type(screen.getByLabelText("Type group 3"), groups[2] ?? "");
    await user.type(screen.getByLabelText("Type group 6"), groups[5] ?? "");
    await user.click(screen.getByRole("checkbox"));
    await user.click(await button("Continue"));
    await user.click(await screen.findByRole("radio", { name: /A provider/ }));
    await clean("the model step");
  });

  test("where a file is damaged", async () => {
    const world = sampleWorld();
    for (const desk of world.desks) desk.trouble = "damaged";
    const { user } = await openWindow(world);
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await screen.findAllByRole("radio");
    await clean("repair");
  });

  test("at a desk and in its settings", async () => {
    const { user } = await openDeskOf(sampleWorld(), "Elena");
    await clean("the desk");
    await user.click(await button("Usage"));
    await screen.findByRole("table", { name: "By model" });
    await clean("the usage page");
    await user.click(await button("Show as table"));
    await clean("the table of its chart");
    await user.keyboard("{Control>},{/Control}");
    for (const section of [
      "Appearance",
      "Chat",
      "Privacy and lock",
      "Your access",
      "Models and providers",
      "Members",
      "Roles",
      "About",
    ]) {
      await user.click(await button(section));
      await screen.findByRole("heading", { level: 1, name: section });
      await clean(section);
    }
  });

  test("in dialogs", async () => {
    const { user } = await openDeskOf(sampleWorld(), "Elena");
    await user.keyboard("{Control>},{/Control}");
    for (const [section, opener] of [
      ["Privacy and lock", "Change passphrase"],
      ["Privacy and lock", "Erase this desk…"],
      ["Models and providers", "Add provider"],
      ["Members", "Invite someone"],
      ["Roles", "New role"],
    ] as const) {
      await user.click(await button(section));
      await user.click(await button(opener));
      await screen.findByRole("dialog");
      await clean(opener);
      await user.keyboard("{Escape}");
      await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    }
  });
});
