import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { PASSPHRASE, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, openWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const title = (name: string) => screen.findByRole("heading", { level: 1, name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

async function settings(user: { keyboard(keys: string): Promise<void> }, section: string) {
  await user.keyboard("{Control>},{/Control}");
  await title("Appearance");
  const nav = screen.getByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: section }).click();
  await title(section);
}

describe("an open desk", () => {
  test("locks by key, and nothing of it stays on the screen", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}l{/Control}");
    await title("Choose your desk");
    expect(backend.world.open, "the core sealed it").toBeNull();
    expect(screen.queryByText("Station 4 drift after March"), "no title stays").toBeNull();
  });

  test("is off the screen before its keys leave memory", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await screen.findByText("Station 4 drift after March");
    const shownAt = new Map<string, boolean>();
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) => {
      shownAt.set(name, screen.queryByText("Station 4 drift after March") !== null);
      return passOn(name, request);
    };
    await user.keyboard("{Control>}l{/Control}");
    await title("Choose your desk");
    expect(shownAt.get("lock"), "a slow lock shows nothing").toBe(false);
  });

  test("a lock that fails says so and leads back to the desk", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) =>
      name === "lock" ? Promise.reject(new Error("the disk is gone")) : passOn(name, request);
    await user.keyboard("{Control>}l{/Control}");
    expect(await screen.findByText("The disk is gone."), "not silently").toBeVisible();
    expect(await screen.findByRole("button", { name: /^Mira.*desk menu/i })).toBeVisible();
  });

  test("lists its shortcuts", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}/{/Control}");
    const list = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    expect(within(list).getByText("Lock this desk"), "what runs is what is listed").toBeVisible();
  });

  test("of a guest is called what it is, and asked for before their chats go", async () => {
    const { user, backend } = await openWindow(world);
    await user.click(screen.getByRole("button", { name: /Guest desk/ }));
    await user.click(await screen.findByRole("button", { name: "Open guest desk" }));
    const field = await screen.findByLabelText("Message");
    await waitFor(() => expect(field).toHaveFocus());
    await screen.findByText("Your chats appear here until you leave.");
    expect(screen.queryByText("Archive"), "nothing is put away").toBeNull();
    await user.keyboard("{Control>}/{/Control}");
    const list = within(await screen.findByRole("dialog", { name: "Keyboard shortcuts" }));
    expect(list.getByText("Leave and erase"), "it does not lock").toBeVisible();
    expect(list.queryByText("Lock this desk"), "nor say so").toBeNull();
    await user.keyboard("{Escape}");
    await user.click(field);
    await user.keyboard("Sensor or datum?{Enter}");
    await screen.findAllByRole("button", { name: "Actions for Sensor or datum?" });
    await user.keyboard("{Control>}l{/Control}");
    const asks = within(await screen.findByRole("dialog", { name: "Leave and erase?" }));
    expect(asks.getByText(/The chat at this desk is gone/), "what is lost").toBeVisible();
    await user.click(asks.getByRole("button", { name: "Stay" }));
    expect(
      backend.sent.map(({ name }) => name),
      "nothing yet",
    ).not.toContain("lock");
    await user.keyboard("{Control>}l{/Control}");
    const again = within(await screen.findByRole("dialog", { name: "Leave and erase?" }));
    await user.click(again.getByRole("button", { name: "Leave and erase" }));
    await title("Choose your desk");
  });

  test("of a guest who wrote nothing is left without a question", async () => {
    const { user, backend } = await openWindow(world);
    await user.click(screen.getByRole("button", { name: /Guest desk/ }));
    await user.click(await screen.findByRole("button", { name: "Open guest desk" }));
    await waitFor(async () => expect(await screen.findByLabelText("Message")).toHaveFocus());
    await user.keyboard("{Control>}l{/Control}");
    await title("Choose your desk");
    expect(backend.world.open, "gone").toBeNull();
  });

  test("lists the keys that send and break as they are set", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}/{/Control}");
    const list = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    const keysOf = (label: string) =>
      within(list).getByText(label).nextElementSibling?.textContent.replaceAll(/\s/g, "");
    const listed = () => [keysOf("Send the message"), keysOf("Begin a new line")];
    expect(listed(), "Enter sends").toEqual(["Enter", "ShiftEnter"]);
    expect(keysOf("Stop the answer"), "what is stopped").toBe("Esc");
    expect(backend.world.open?.settings.enter_sends, "as it is set").toBe(true);
  });

  test("opens the archive where it can be seen", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}{Shift>}s{/Shift}{/Control}");
    await screen.findByRole("button", { name: "Unfold sidebar" });
    await user.keyboard("{Control>},{/Control}");
    await title("Appearance");
    await user.keyboard("{Control>}k{/Control}");
    await user.click(await screen.findByRole("option", { name: "Open the archive" }));
    expect(
      await screen.findByText("Chats you archive rest here."),
      "beside the desk",
    ).toBeVisible();
    expect(screen.queryByRole("heading", { name: "Appearance" }), "not behind settings").toBeNull();
  });

  test("lets the palette do what the menu does", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    const run = async (name: string) => {
      await user.keyboard("{Control>}k{/Control}");
      await user.click(await screen.findByRole("option", { name: new RegExp(name) }));
    };
    await run("New window");
    await run("Open another desk");
    await run("Show keyboard shortcuts");
    await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    await user.keyboard("{Escape}");
    await run("Go to the message field");
    await waitFor(() => expect(screen.getByLabelText("Message"), "to write").toHaveFocus());
    const sent = backend.sent.map(({ name }) => name);
    expect(sent, "both reached the core").toEqual(
      expect.arrayContaining(["new_window", "switch_desk"]),
    );
  });

  test("reminds of a code that was never confirmed, until a new one is", async () => {
    const mira = world.desks.find((desk) => desk.card.name === "Mira");
    if (mira) mira.recoveryConfirmed = false;
    const { user } = await openDeskOf(world, "Mira");
    await user.click(await screen.findByRole("button", { name: "Make a new code" }));
    await screen.findByRole("dialog", { name: "Keep this code somewhere else" });
    await user.type(screen.getByLabelText("Type group 3"), mira?.recoveryGroups[2] ?? "");
    await user.type(screen.getByLabelText("Type group 6"), mira?.recoveryGroups[5] ?? "");
    await user.click(screen.getByRole("checkbox"));
    await user.click(button("I have kept it"));
    await waitFor(() =>
      expect(screen.queryByText("Your recovery code is not confirmed"), "settled").toBeNull(),
    );
  });

  test("says at every opening that the record was changed", async () => {
    world.recordCut = true;
    await openDeskOf(world, "Mira");
    await screen.findByText("The workspace’s record was changed outside Carrel");
  });

  test("says why a chat could not be renamed, by Enter and by the button", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.click(await screen.findByText("Station 4 drift after March"));
    await waitFor(() => expect(screen.getByLabelText("Message")).toHaveFocus());
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) =>
      name === "update_chat"
        ? Promise.reject(new Error("the disk is gone"))
        : passOn(name, request);
    const actions = screen.getAllByRole("button", { name: /^Actions for Sta/ }).at(-1);
    await choose(user, actions ?? document.body, "Rename");
    const dialog = within(await screen.findByRole("dialog", { name: "Rename this chat" }));
    await user.keyboard("Tide gauge{Enter}");
    expect(await dialog.findByRole("alert"), "by Enter").toHaveTextContent("The disk is gone.");
    backend.call = passOn;
    await user.click(dialog.getByRole("button", { name: "Rename" }));
    await waitFor(() => expect(screen.queryByRole("dialog"), "done").toBeNull());
    expect(backend.world.open?.chats.map((each) => each.summary.title)).toContain("Tide gauge");
  });

  test("folds its sidebar and remembers it", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}{Shift>}s{/Shift}{/Control}");
    await screen.findByRole("button", { name: "Unfold sidebar" });
    expect(backend.world.open?.settings.sidebar_folded, "for the next time").toBe(true);
  });
});

describe("a narrow window", () => {
  const usual = window.matchMedia;
  beforeEach(() =>
    vi.stubGlobal("matchMedia", (query: string) => ({
      ...usual(query),
      matches: query.includes("max-width"),
    })),
  );

  const sheet = () => screen.getByRole("main", { hidden: true });

  test("has the keys in its sidebar while that lies over the sheet, and gives them back", async () => {
    const { user } = await openDeskOf(world, "Mira");
    expect(sheet().inert, "the sheet alone").toBe(false);
    await user.keyboard("{Control>}{Shift>}s{/Shift}{/Control}");
    await waitFor(() => expect(sheet().inert, "nothing behind it takes a key").toBe(true));
    const side = within(screen.getByRole("complementary"));
    expect(side.getByRole("button", { name: /^Search/ }), "what is on top").toHaveFocus();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.getByLabelText("Message"), "as before").toHaveFocus());
    expect(sheet().inert, "and open again").toBe(false);

    await user.click(button("Unfold sidebar"));
    await user.click(screen.getAllByRole("button", { name: "Fold sidebar" })[0] ?? document.body);
    await waitFor(() => expect(button("Unfold sidebar"), "what opened it").toHaveFocus());
  });

  test("shows what was chosen in its sidebar, not the sidebar", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.click(button("Unfold sidebar"));
    await user.click(await screen.findByText("Station 4 drift after March"));
    await waitFor(() => expect(screen.getByLabelText("Message")).toHaveFocus());
    expect(sheet().inert, "the chat is what was wanted").toBe(false);
  });

  test("leads to every section of the settings from its rail", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>},{/Control}");
    await title("Appearance");
    const rail = within(screen.getByRole("navigation", { name: "Settings" }));
    expect(rail.getByRole("button", { name: "Appearance" })).toHaveAttribute(
      "aria-current",
      "page",
    );
    await user.click(rail.getByRole("button", { name: "Privacy and lock" }));
    await title("Privacy and lock");
    expect(rail.getByRole("button", { name: "Privacy and lock" })).toHaveAttribute(
      "aria-current",
      "page",
    );
  });
});

describe("the palette", () => {
  test("counts the chats it found too, and marks what was asked in their titles", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>}k{/Control}");
    await user.type(await screen.findByPlaceholderText("Search chats and messages"), "station 4");
    const rows = () =>
      screen.getAllByRole("option").filter((row) => row.textContent.includes("Station 4 drift"));
    await waitFor(() => expect(rows(), "as a message and as a chat").toHaveLength(2));
    expect(await screen.findByText(/^2 found\./), "both").toBeVisible();
    const marks = rows().map((row) => row.querySelector("mark")?.textContent);
    expect(marks, "in its own spelling").toEqual(["Station", "Station"]);
  });
});

describe("the settings", () => {
  test("show a person only what exists for them", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>},{/Control}");
    const nav = await screen.findByRole("navigation", { name: "Settings" });
    expect(within(nav).queryByText("Members"), "a member invites nobody").toBeNull();
    expect(within(nav).getByText("Models and providers"), "but sees who answers").toBeVisible();
    within(nav).getByText("Models and providers").click();
    await screen.findByText("Mistral");
    expect(screen.queryByRole("button", { name: "Add provider" }), "and changes none").toBeNull();
  });

  test("Esc leads back to the desk", async () => {
    const { user } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>},{/Control}");
    await title("Appearance");
    await user.keyboard("{Escape}");
    await waitFor(() =>
      expect(screen.queryByRole("heading", { name: "Appearance" }), "closed").toBeNull(),
    );
  });

  test("change at once and are kept", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await user.keyboard("{Control>},{/Control}");
    await user.click(await screen.findByRole("radio", { name: "Dark" }));
    await user.click(screen.getByRole("radio", { name: "150%" }));
    await user.click(screen.getByRole("radio", { name: "Compact" }));
    const root = document.documentElement;
    expect(root.dataset, "the window shows it").toMatchObject({
      theme: "dark",
      density: "compact",
    });
    expect(root.style.getPropertyValue("--text-scale"), "all of it").toBe("1.5");
    expect(backend.world.open?.settings, "the desk keeps it").toMatchObject({
      theme: "dark",
      text_scale: 1.5,
      compact: true,
    });
  });

  test("instructions are kept when another section is opened", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await settings(user, "Chat");
    await user.type(screen.getByLabelText("Instructions"), "Answer briefly.");
    expect(screen.getByText("Not saved yet"), "while typing").toBeVisible();
    screen.getByRole("button", { name: "About" }).click();
    await title("About");
    const kept = () => backend.world.open?.settings.instructions;
    await waitFor(() => expect(kept(), "nothing typed is lost").toBe("Answer briefly."));
  });

  test("instructions are kept before the desk locks", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    const mira = backend.world.open;
    await settings(user, "Chat");
    await user.type(screen.getByLabelText("Instructions"), "Answer briefly.");
    await user.keyboard("{Control>}l{/Control}");
    await title("Choose your desk");
    expect(mira?.settings.instructions, "with the keys still there").toBe("Answer briefly.");
  });

  test("unsent words are kept before the desk locks, however slow the core is", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    const reached: string[] = [];
    const passOn = backend.call.bind(backend);
    backend.call = async (name, request) => {
      if (name === "save_draft") await new Promise((done) => setTimeout(done));
      reached.push(name);
      return passOn(name, request);
    };
    await user.keyboard("half a thought{Control>}l{/Control}");
    await title("Choose your desk");
    const order = reached.filter((name) => name === "save_draft" || name === "lock");
    expect(order, "with the keys still there").toEqual(["save_draft", "lock"]);
  });

  test("a provider is tested before it is saved, and its key never comes back", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Models and providers");
    await user.click(button("Add provider"));
    const dialog = within(await screen.findByRole("dialog", { name: "Add a provider" }));
    await user.type(dialog.getByLabelText("Key"), "sk-secret-7d19");
    await user.click(dialog.getByRole("button", { name: "Test key" }));
    await dialog.findByText(/Answered in 412 ms/);
    expect(dialog.getByRole("checkbox", { name: /Guests/ }), "never with a key").toBeDisabled();
    await user.click(dialog.getByRole("button", { name: "Add provider" }));
    await screen.findByText("••••7d19");
    expect(document.body.textContent, "only its end is shown").not.toContain("sk-secret");
    const saved = backend.sent.find(({ name }) => name === "save_provider");
    expect(saved?.request, "what the core got").toMatchObject({
      label: "OpenAI",
      key: "sk-secret-7d19",
      models: ["gpt-4.1"],
      for_guests: false,
    });
  });

  test("a provider that refuses the key says so and what to do", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await settings(user, "Models and providers");
    await user.click(button("Add provider"));
    const dialog = within(await screen.findByRole("dialog", { name: "Add a provider" }));
    await user.type(dialog.getByLabelText("Key"), "bad-key");
    await user.click(dialog.getByRole("button", { name: "Test key" }));
    const alert = await dialog.findByRole("alert");
    expect(alert, "beside the button").toHaveTextContent(/Enter it again/);
    expect(alert.closest(".test"), "not far from it").not.toBeNull();
    await user.clear(dialog.getByLabelText("Key"));
    await user.type(dialog.getByLabelText("Key"), "good-key");
    await user.click(dialog.getByRole("button", { name: "Test key" }));
    await dialog.findByText(/Answered in/);
    expect(dialog.queryByRole("alert"), "settled").toBeNull();
    await user.click(dialog.getByRole("checkbox", { name: "Make gpt-4.1 everyone’s usual one" }));
    await user.click(dialog.getByRole("button", { name: "Add provider" }));
    await screen.findByText("“OpenAI” is saved");
    await waitFor(() => expect(screen.getAllByText("Usual"), "one of all").toHaveLength(1));
  });

  test("editing a provider without typing a key keeps the stored one", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Models and providers");
    const more = await screen.findByRole("button", { name: "Mistral: more" });
    await choose(user, more, "Edit provider");
    await user.click(await screen.findByRole("button", { name: "Save provider" }));
    await waitFor(() =>
      expect(
        backend.sent.find(({ name }) => name === "save_provider")?.request,
        "no key travels",
      ).toMatchObject({ label: "Mistral", key: null }),
    );
  });

  test("a provider's keys are added, renamed and removed one by one", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Models and providers");
    const more = await screen.findByRole("button", { name: "Mistral: more" });
    await choose(user, more, "Keys…");
    const dialog = within(await screen.findByRole("dialog", { name: "Keys of Mistral" }));
    await user.click(dialog.getByRole("button", { name: "Add key" }));
    expect(dialog.getByRole("alert"), "what is missing").toHaveTextContent("Enter the key.");
    await user.type(dialog.getByLabelText("Name (optional)"), "Night shift");
    await user.type(dialog.getByLabelText("Key"), "sk-second-7d19");
    await user.click(dialog.getByRole("button", { name: "Add key" }));
    await dialog.findByText("Night shift");
    expect(dialog.getByLabelText("Key"), "the field forgets it").toHaveValue("");
    expect(document.body.textContent, "only its end is shown").not.toContain("sk-second");
    await choose(user, dialog.getByRole("button", { name: "Night shift: more" }), "Rename");
    expect(dialog.getByLabelText("Name (optional)")).toHaveValue("Night shift");
    await user.clear(dialog.getByLabelText("Name (optional)"));
    await user.type(dialog.getByLabelText("Name (optional)"), "Weekend");
    await user.click(dialog.getByRole("button", { name: "Save key" }));
    await dialog.findByText("Weekend");
    const sent = backend.sent.findLast(({ name }) => name === "save_key");
    expect(sent?.request, "the stored key stays").toMatchObject({ label: "Weekend", key: null });
    await user.click(dialog.getAllByRole("button", { name: "Test" })[1] ?? document.body);
    await dialog.findByText(/Answered in 412 ms/);
    const probed = backend.sent.findLast(({ name }) => name === "test_provider")?.request;
    const named = backend.world.providers.find(({ label }) => label === "Mistral")?.keys[1];
    expect(probed, "that key, not the first").toMatchObject({ key_id: named?.id, key: null });
    await choose(user, dialog.getByRole("button", { name: "Weekend: more" }), "Use first");
    const order = () => dialog.getAllByRole("listitem").map((row) => row.textContent);
    await waitFor(() => expect(order()[0], "it leads now").toContain("Weekend"));
    await choose(user, dialog.getByRole("button", { name: "••••81c0: more" }), "Remove key");
    const asked = within(await screen.findByRole("dialog", { name: "Remove ••••81c0?" }));
    await user.click(asked.getByRole("button", { name: "Remove key" }));
    await waitFor(() => expect(dialog.getAllByRole("listitem"), "one is left").toHaveLength(1));
    expect(await axeFindings()).toEqual([]);
  });

  test("the licences of what is built in can be found and read", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await settings(user, "About");
    await user.type(await screen.findByLabelText("Find by name or licence"), "marked");
    const listed = within(screen.getByRole("list", { name: "Licences" })).getAllByRole("button");
    expect(listed, "only that one").toHaveLength(1);
    await user.click(listed[0] ?? document.body);
    const dialog = await screen.findByRole("dialog", { name: "marked 18.2.1" });
    expect(dialog).toHaveTextContent("Permission is hereby granted");
  });

  test("an invitation's key is shown once, for handing over", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    await user.click(button("Invite someone"));
    await user.click(await screen.findByRole("button", { name: "Make a key" }));
    const key = backend.world.invitations.at(-1)?.key ?? "none";
    const shown = await screen.findByRole("list", { name: "Invitation key" });
    const groups = within(shown).getAllByRole("listitem");
    expect(groups.map((group) => group.textContent).join("-"), "readable").toBe(key);
    expect(button("I have handed it over"), "the one way on").toHaveFocus();
    await user.keyboard("{Escape}");
    expect(shown, "not lost by a slip").toBeVisible();
    expect(screen.queryByRole("button", { name: "Close" }), "nor by a cross").toBeNull();
    const held: Record<string, string> = {};
    const copying = new Event("copy", { bubbles: true, cancelable: true });
    Object.assign(copying, {
      clipboardData: { setData: (kind: string, text: string) => (held[kind] = text) },
    });
    shown.dispatchEvent(copying);
    expect(held["text/plain"], "copied as it is typed").toBe(key);
    await user.click(button("I have handed it over"));
    await waitFor(() => expect(shown, "and gone").not.toBeInTheDocument());
  });

  test("each member stands with their desk and what they spent, and nothing of theirs", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    const table = within(await screen.findByRole("table", { name: "Members" }));
    await table.findByRole("columnheader", {
      name: /^(January|February|March|April|May|June|July|August|September|October|November|December)$/,
    });
    const row = (name: RegExp) => table.getByRole("rowheader", { name }).closest("tr");
    expect(row(/Elena you$/), "whoever looks is at theirs").toHaveTextContent(/Open now.*now/);
    expect(row(/Mira$/), "a desk that nobody has open").toHaveTextContent(/Member.*Sealed\s*\$/);
    expect(table.queryByText(/Station 4/), "no title of a chat").toBeNull();
  });

  test("disabling a member asks first and says what stays", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    await choose(user, await screen.findByRole("button", { name: "More about Jonas" }), "Disable");
    const dialog = within(await screen.findByRole("dialog", { name: "Disable Jonas?" }));
    expect(dialog.getByText(/stays sealed and is not deleted/), "the consequence").toBeVisible();
    await user.click(dialog.getByRole("button", { name: "Disable Jonas" }));
    await screen.findAllByText("Disabled");
    const jonas = backend.world.desks.find((desk) => desk.card.name === "Jonas");
    expect(jonas?.card.disabled, "kept out").toBe(true);
  });

  test("a member becomes an admin only after the consequence was named", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    const more = () => screen.findByRole("button", { name: "More about Jonas" });
    const asks = { name: "Another role for Jonas?" };
    await choose(user, await more(), "Change role");
    const dialog = within(await screen.findByRole("dialog", asks));
    const give = () => dialog.getByRole("button", { name: "Change role" });
    const jonas = () => backend.world.desks.find((desk) => desk.card.name === "Jonas");
    expect(await dialog.findByRole("radio", { name: /^Member/ }), "what he is").toBeChecked();
    expect(give(), "that is nothing to change").toBeDisabled();
    await user.click(dialog.getByRole("radio", { name: "Admin" }));
    expect(dialog.getByText(/can change roles/), "what it means").toBeVisible();
    expect(jonas()?.role, "not yet").toBe("member");
    await user.click(give());
    await waitFor(() => expect(jonas()?.role, "now").toBe("admin"));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await choose(user, await more(), "Change role");
    const again = within(await screen.findByRole("dialog", asks));
    await user.click(again.getByRole("radio", { name: "Member" }));
    expect(again.getByText(/open invitations are revoked/), "what is taken").toBeVisible();
  });

  test("a member's desk is erased only with the name typed", async () => {
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    const more = await screen.findByRole("button", { name: "More about Jonas" });
    await choose(user, more, "Erase the desk");
    const dialog = within(await screen.findByRole("dialog", { name: "Erase Jonas’s desk?" }));
    const erase = dialog.getByRole("button", { name: "Erase the desk" });
    await user.type(dialog.getByLabelText("Type Jonas to go on"), "Jona{Enter}");
    expect(erase, "not by a slip").toBeDisabled();
    await user.type(dialog.getByLabelText("Type Jonas to go on"), "s{Enter}");
    expect(
      backend.sent.some(({ name }) => name === "erase_member"),
      "Enter is too easy for this",
    ).toBe(false);
    await user.click(erase);
    await waitFor(() =>
      expect(screen.queryByRole("button", { name: "More about Jonas" })).toBeNull(),
    );
    const names = backend.world.desks.map((desk) => desk.card.name);
    expect(names, "it is gone").not.toContain("Jonas");
  });

  test("an admin changes nothing of their own desk among the members", async () => {
    const { user } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    await screen.findByRole("button", { name: "More about Jonas" });
    expect(screen.queryByRole("button", { name: "More about Elena" }), "no menu").toBeNull();
  });

  test("a desk is erased only with its name and passphrase", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await settings(user, "Privacy and lock");
    await user.click(button("Erase this desk…"));
    const dialog = within(await screen.findByRole("dialog", { name: "Erase Mira’s desk?" }));
    const erase = dialog.getByRole("button", { name: "Erase the desk" });
    expect(erase, "not by a slip").toBeDisabled();
    await user.type(dialog.getByLabelText("Type Mira to go on"), "Mira");
    await user.type(dialog.getByLabelText("Passphrase"), "wrong{Enter}");
    const sent = () => backend.sent.filter(({ name }) => name === "erase_desk").length;
    expect(sent(), "Enter is too easy for this").toBe(0);
    await user.click(erase);
    await dialog.findByText(/Nothing was erased/);
    const field = dialog.getByLabelText("Passphrase");
    expect(field, "it is the passphrase that was wrong").toBeInvalid();
    await waitFor(() => expect(field, "to be typed again").toHaveFocus());
    await user.clear(dialog.getByLabelText("Passphrase"));
    await user.type(dialog.getByLabelText("Passphrase"), PASSPHRASE);
    await user.click(erase);
    await title("Choose your desk");
    const names = backend.world.desks.map((desk) => desk.card.name);
    expect(names, "it is gone from the row").not.toContain("Mira");
  });

  test("a desk without a passphrase is not said to be sealed with one", async () => {
    const mira = world.desks.find((desk) => desk.card.name === "Mira");
    if (mira) mira.card.has_passphrase = false;
    const { user } = await openDeskOf(world, "Mira");
    await settings(user, "Privacy and lock");
    expect(screen.getByText(/sealed with this computer’s login/), "what holds").toBeVisible();
    expect(screen.queryByText(/sealed with your passphrase/), "not what does not").toBeNull();
  });

  test("desks without a passphrase are forbidden only after the consequence was named", async () => {
    world.withoutPassphrase = true;
    const { user, backend } = await openDeskOf(world, "Elena");
    await settings(user, "Members");
    const rule = await screen.findByRole("switch", { name: "Allow desks without a passphrase" });
    await user.click(rule);
    const asks = within(await screen.findByRole("dialog", { name: /Require a passphrase/ }));
    expect(asks.getByText(/only with their recovery code/), "what it means").toBeVisible();
    expect(rule, "not off yet").toBeChecked();
    await user.click(asks.getByRole("button", { name: "Cancel" }));
    expect(backend.world.withoutPassphrase, "nothing changed").toBe(true);
    await user.click(rule);
    const again = within(await screen.findByRole("dialog", { name: /Require a passphrase/ }));
    await user.click(again.getByRole("button", { name: "Require a passphrase" }));
    await waitFor(() => expect(rule, "off").not.toBeChecked());
    expect(backend.world.withoutPassphrase, "and kept").toBe(false);
  });

  test("a new passphrase needs the old one", async () => {
    const { user, backend } = await openDeskOf(world, "Mira");
    await settings(user, "Privacy and lock");
    await user.click(button("Change passphrase"));
    const dialog = within(await screen.findByRole("dialog", { name: "Change your passphrase?" }));
    await user.type(dialog.getByLabelText("Current passphrase"), "wrong");
    await user.type(dialog.getByLabelText("New passphrase"), "quiet-ferry-turns-late");
    await user.click(dialog.getByRole("button", { name: "Change passphrase" }));
    await dialog.findByText(/Nothing was changed/);
    const old = dialog.getByLabelText("Current passphrase");
    await waitFor(() => expect(old, "what has to be corrected").toHaveFocus());
    await user.clear(dialog.getByLabelText("Current passphrase"));
    await user.type(dialog.getByLabelText("Current passphrase"), PASSPHRASE);
    await user.click(dialog.getByRole("button", { name: "Change passphrase" }));
    await screen.findByText("Passphrase changed");
    expect(backend.world.open?.passphrase, "the new one holds").toBe("quiet-ferry-turns-late");
  });
});
