import { cleanup, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { FixtureBackend } from "./fixture/backend";
import { PASSPHRASE, sampleWorld } from "./fixture/sample";
import { emptyWorld, type World } from "./fixture/world";
import { choose, type OpenWindow, openWindow, openWindowOf } from "./window";

const heading = (name: string | RegExp) => screen.findByRole("heading", { level: 1, name });
const button = (name: string | RegExp) => screen.getByRole("button", { name });
const deskOf = (name: string) =>
  screen.findByRole("button", { name: new RegExp(`^${name}.*desk menu`, "i") });
const troubled = (trouble: World["desks"][number]["trouble"]) => {
  const world = sampleWorld();
  const mira = world.desks.find((desk) => desk.card.name === "Mira");
  if (mira) mira.trouble = trouble;
  return world;
};

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

describe("the chooser", () => {
  test("lights the desk that was open last and waits for its passphrase", async () => {
    await openWindow(world);
    await screen.findByRole("region", { name: "Open: Mira" });
    expect(screen.getByLabelText("Passphrase"), "typing goes into it").toHaveFocus();
  });

  test("says how a desk was locked, until it is opened again", async () => {
    const mira = world.desks.find((desk) => desk.card.name === "Mira");
    if (mira) mira.card.locked = { at: world.now(), cause: "idle" };
    await openWindow(world);
    expect(await screen.findByText(/as nobody touched it. Nothing is lost/)).toBeVisible();
    expect(screen.queryByText(/Last opened/), "one thing at a time").toBeNull();
  });

  test("says whose room it is, and at which computer one sits", async () => {
    await openWindow(world);
    expect(await screen.findByText("Tidewater Survey"), "whose").toBeVisible();
    expect(screen.getByText("Chart room 2"), "where").toBeVisible();
    cleanup();
    world.computerName = null;
    await openWindow(world);
    await screen.findByText("Tidewater Survey");
    expect(document.querySelector(".computer"), "no name, no place for one").toBeNull();
  });

  test("opens a desk from the keyboard alone", async () => {
    const { user } = await openWindow(world);
    await user.keyboard("{ArrowLeft}{ArrowLeft}");
    await screen.findByRole("region", { name: "Open: Elena" });
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    expect(await deskOf("Elena"), "two arrows, a passphrase, Enter").toBeVisible();
  });

  test("arrows move the caret, not the bay, once something is typed", async () => {
    const { user } = await openWindow(world);
    await user.keyboard("four{ArrowLeft}");
    expect(screen.getByRole("region", { name: "Open: Mira" }), "still her desk").toBeVisible();
  });

  test("says what a wrong passphrase leads to, and keeps nothing of it", async () => {
    const { user } = await openWindow(world);
    await user.keyboard("nonsense{Enter}");
    const limit = await screen.findByText(/After 2 more there is a wait/);
    expect(limit, "the limit before it bites").toBeVisible();
    expect(screen.getByLabelText("Passphrase"), "empty and ready").toHaveValue("");
    await waitFor(() => expect(screen.getByLabelText("Passphrase")).toHaveFocus());
  });

  test("announces a wait at its start and its end only", async () => {
    const { user } = await openWindow(world);
    for (const wrong of ["one", "two", "three"]) {
      await user.keyboard(`${wrong}{Enter}`);
      await waitFor(() => expect(screen.getByLabelText("Passphrase")).toHaveValue(""));
    }
    expect(await screen.findByText(/You have to wait/), "once").toHaveAttribute("role", "status");
    const clock = screen.getByText(/Next try in 0:/);
    expect(clock, "the countdown itself is not read out").toHaveAttribute("aria-hidden", "true");
    const later = Date.now() + 60_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    expect(await screen.findByText("You can try again now."), "its end").toBeInTheDocument();
  });

  test("goes with the clock while it waits", async () => {
    // Without `clearInterval` whoever waited goes on looking, for the whole minute.
    vi.useFakeTimers({
      toFake: ["setInterval", "clearInterval", "Date"],
      now: new Date(2026, 10, 23, 23, 59, 30),
    });
    await openWindow(sampleWorld());
    expect(await screen.findByText(/^Last opened: Today/), "this evening").toBeVisible();
    vi.advanceTimersByTime(61_000);
    expect(await screen.findByText(/^Last opened: Yesterday/), "after midnight").toBeVisible();
  });

  test("explains a disabled desk instead of asking for a passphrase", async () => {
    const { user } = await openWindow(world);
    await user.click(button(/Felix/));
    expect(await screen.findByText(/An admin disabled/), "who, and what to do").toBeVisible();
    expect(screen.queryByLabelText("Passphrase"), "nothing to type").toBeNull();
  });

  test("offers the guest desk only where an admin allowed it", async () => {
    world.guestAllowed = false;
    await openWindow(world);
    await screen.findByRole("region", { name: "Open: Mira" });
    expect(screen.queryByText("Guest desk"), "no dead entries").toBeNull();
  });

  test("a desk that is open elsewhere says so and stays at the door", async () => {
    const { user } = await openWindow(troubled("in_use"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    expect(await screen.findByText("Open in another Carrel"), "the reason").toBeVisible();
    expect(screen.getByText(/Lock it there/), "and the next step").toBeVisible();
  });

  test("keeps its look with the core", async () => {
    const { user, backend } = await openWindow(world);
    await choose(user, button("Light or dark"), "Dark");
    expect(document.documentElement.dataset["theme"], "at once").toBe("dark");
    expect(backend.world.appearance.theme, "and after a restart").toBe("dark");
  });

  test("speaks German in place", async () => {
    const { user } = await openWindow(world);
    await choose(user, button("Language: English"), "Deutsch");
    expect(await heading("Wähle deinen Schreibtisch"), "without a reload").toBeVisible();
  });
});

describe("a desk in trouble", () => {
  test("a damaged file leads to its backups, and one of them back to the desk", async () => {
    const { user, backend } = await openWindow(troubled("damaged"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("Mira’s desk: a file is damaged");
    await user.click((await screen.findAllByRole("radio"))[1] ?? document.body);
    await user.click(button("Restore backup"));
    await deskOf("Mira");
    const restored = backend.sent.find(({ name }) => name === "restore_backup");
    expect(restored?.request, "the second backup was chosen").toMatchObject({ name: "history-2" });
  });

  test("an older file opens only when the person says so", async () => {
    const { user, backend } = await openWindow(troubled("rolled_back"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("Mira’s desk: a file is older than it should be");
    await user.click(button("Open it anyway"));
    await deskOf("Mira");
    const opened = backend.sent
      .filter(({ name }) => name === "unlock")
      .map(({ request }) => request);
    expect(opened, "first without, then with consent").toMatchObject([
      { accept_older: false },
      { accept_older: true },
    ]);
  });

  test("a damaged workspace never offers to replace the desk, and an admin puts it right", async () => {
    for (const desk of world.desks) desk.trouble = "workspace_damaged";
    const { user, backend } = await openWindow(world);
    await user.click(await screen.findByRole("button", { name: /Elena/ }));
    await screen.findByRole("region", { name: "Open: Elena" });
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("The shared file is damaged");
    expect(await screen.findByText(/Chats stay as they are/), "what goes back").toBeVisible();
    await user.click(await screen.findByRole("button", { name: "Restore backup" }));
    await deskOf("Elena");
    const names = backend.sent.map(({ name }) => name);
    expect(names, "the shared file").toContain("restore_workspace");
    expect(names, "and nothing of the desk").not.toContain("restore_backup");
    expect(names, "not even looked at").not.toContain("list_backups");
  });

  test("a member is told to ask an admin, and that nothing is lost", async () => {
    const { user } = await openWindow(troubled("workspace_damaged"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("The shared file is damaged");
    expect(await screen.findByText(/Ask an admin to open their desk/), "who can").toBeVisible();
    expect(screen.queryByRole("button", { name: "Restore backup" }), "no dead button").toBeNull();
    expect(button("Try again"), "once it is done").toBeEnabled();
  });

  test("a workspace that somebody edited is not called damaged", async () => {
    const { user } = await openWindow(troubled("workspace_altered"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("The shared file was changed without permission");
    expect(
      screen.getByText(/changed by someone who may not/),
      "the same in the text",
    ).toBeVisible();
    expect(await screen.findByText(/Ask an admin to open their desk/), "who can").toBeVisible();
  });

  test("an older workspace opens only when the person says so", async () => {
    const { user, backend } = await openWindow(troubled("workspace_rolled_back"));
    await user.keyboard(`${PASSPHRASE}{Enter}`);
    await heading("The shared file is older than it was");
    expect(screen.queryByRole("radio"), "no backup of the desk would help").toBeNull();
    await user.click(button("Open it anyway"));
    await deskOf("Mira");
    const asked = backend.sent.filter(({ name }) => name === "unlock");
    expect(asked.at(-1)?.request, "knowingly").toMatchObject({ accept_older: true });
  });

  test("a damaged list of desks is put back from the window", async () => {
    world.doorFailure = {
      code: "door_damaged",
      message: "",
      retry_at: null,
      rule_ids: [],
      denied: null,
    };
    const { user, backend } = await openWindow(world);
    await heading("The list of desks is damaged");
    const [first, second] = await screen.findAllByRole("radio");
    expect(first, "which of them is meant").toHaveAccessibleName(/Yesterday, .* Newest$/);
    expect(second, "and only that").not.toHaveAccessibleName(/Newest/);
    await user.click(second ?? document.body);
    await user.click(button("Restore backup"));
    await heading("Choose your desk");
    const restored = backend.sent.find(({ name }) => name === "restore_door");
    expect(restored?.request, "the second was chosen").toEqual({ name: "door-2" });
  });

  test("backups of one minute are told apart by their seconds", async () => {
    world.doorFailure = {
      code: "door_damaged",
      message: "",
      retry_at: null,
      rule_ids: [],
      denied: null,
    };
    const minute = new Date(2024, 4, 3, 11, 6).getTime();
    const backups = [40, 20, -300].map((second) => ({
      name: `door-${second}`,
      made_at: minute + second * 1000,
      bytes: 74_000n,
    }));
    const backend = new FixtureBackend(world);
    const passOn = backend.call.bind(backend);
    backend.call = (name, request) =>
      name === "list_door_backups" ? Promise.resolve({ backups }) : passOn(name, request);
    await openWindowOf(backend);
    const names = (await screen.findAllByRole("radio")).map(
      (radio) => radio.closest("label")?.querySelector(".title")?.textContent,
    );
    expect(names, "seconds only where they tell something").toEqual([
      "May 3, 2024, 11:06:40 AM",
      "May 3, 2024, 11:06:20 AM",
      "May 3, 2024, 11:01 AM",
    ]);
  });

  test("a door that cannot be read says why and can be examined", async () => {
    world.doorFailure = {
      code: "read_only",
      message: "Not writable.",
      retry_at: null,
      rule_ids: [],
      denied: null,
    };
    const { user } = await openWindow(world);
    await heading("The data folder cannot be written");
    await user.click(button("Check the files"));
    const rows = await screen.findByRole("list", { name: "What was found" });
    expect(
      [...rows.children].map((row) => row.textContent.replaceAll(/\s+/g, " ").trim()),
      "good news in a word, bad news in a sentence",
    ).toEqual(["Door Whole", "Record At event 7: the event was changed. Tell an admin."]);
  });
});

/** Through the first two steps of the first run. */
async function toModel(user: OpenWindow["user"], fresh: World): Promise<void> {
  await user.type(await screen.findByLabelText("Workspace"), "T");
  await user.type(screen.getByLabelText("Your name"), "Elena");
  await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);
  await heading("Keep this code somewhere else");
  const groups = fresh.desks[0]?.recoveryGroups ?? [];
  await user.type(screen.getByLabelText("Type group 3"), groups[2] ?? "");
  await user.type(screen.getByLabelText("Type group 6"), groups[5] ?? "");
  await user.click(screen.getByRole("checkbox"));
  await user.click(button("Continue"));
  await heading("Choose who answers first");
}

describe("the first run", () => {
  test("ends at a desk with a model, after the code was typed back", async () => {
    const { user, backend } = await openWindow(emptyWorld());
    await heading("Set up this machine");
    await user.type(screen.getByLabelText("Workspace"), "Tidewater Survey");
    await user.type(screen.getByLabelText("Your name"), "Elena");
    await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);

    expect(await heading("Keep this code somewhere else"), "read first").toHaveFocus();
    const groups = backend.world.open?.recoveryGroups ?? [];
    await user.click(screen.getByRole("checkbox"));
    await user.type(screen.getByLabelText("Type group 3"), groups[2]?.toLowerCase() ?? "");
    await user.type(screen.getByLabelText("Type group 6"), "XXXX");
    expect(button("Continue"), "not before it was typed back").toBeDisabled();
    await user.clear(screen.getByLabelText("Type group 6"));
    await user.type(screen.getByLabelText("Type group 6"), groups[5] ?? "");
    await user.click(button("Continue"));

    await heading("Choose who answers first");
    await user.click(await screen.findByRole("radio", { name: /Built-in model/ }));
    await user.click(button("Open my desk"));
    await deskOf("Elena");
    expect(backend.world.usual, "it answers from now on").toMatchObject({
      model: { model: "smollm2-135m-instruct" },
    });
  });

  test("calls only the model that comes with Carrel basic", async () => {
    const fresh = emptyWorld();
    fresh.builtIn = { model: "qwen3-8b", label: "qwen3-8b", basic: false, unavailable: null };
    const { user } = await openWindow(fresh);
    await toModel(user, fresh);
    expect(
      await screen.findByText(/^qwen3-8b, from a file on this machine/),
      "whose it is",
    ).toBeVisible();
    expect(screen.queryByText("Basic, offline"), "nobody knows how good it is").toBeNull();
  });

  test("names what is missing and sends nothing", async () => {
    const { user, backend } = await openWindow(emptyWorld());
    await heading("Set up this machine");
    await user.type(screen.getByLabelText("Passphrase"), "password{Enter}");
    expect(await screen.findByText("Give the workspace a name."), "beside its field").toBeVisible();
    expect(screen.getByText(/too easy to guess/), "and why").toBeVisible();
    expect(screen.getByLabelText("Workspace"), "the first of them waits").toHaveFocus();
    expect(
      backend.sent.map(({ name }) => name),
      "a weak passphrase makes no desk",
    ).not.toContain("create_workspace");
  });

  test("says in one note how strong a passphrase is and how to better it", async () => {
    const { user } = await openWindow(emptyWorld());
    await heading("Set up this machine");
    const field = screen.getByLabelText("Passphrase");
    await user.type(field, "password");
    const note = () => field.getAttribute("aria-describedby") ?? "";
    const weak = "Guessed at once. Use four words that do not belong together.";
    await waitFor(() => expect(document.getElementById(note())).toHaveTextContent(weak));
    await user.clear(field);
    await user.type(field, PASSPHRASE);
    await waitFor(() => expect(document.getElementById(note())).toHaveTextContent(/^Strong\.$/));
  });

  test("says where a provider’s key goes, and tests it by its name", async () => {
    const fresh = emptyWorld();
    const { user } = await openWindow(fresh);
    await toModel(user, fresh);
    await screen.findByText(/Nothing leaves this machine during setup\./);
    await user.click(await screen.findByRole("radio", { name: /A provider/ }));
    expect(screen.getByText(/^Your key is sent to the provider only/), "not nothing").toBeVisible();
    expect(screen.queryByText(/Nothing leaves/), "which would be wrong").toBeNull();
    expect(button("Test key"), "its address is known").toBeEnabled();
    await choose(user, screen.getByLabelText(/^Service/), "Other, by address", "option");
    expect(await screen.findByRole("button", { name: "Test address and key" })).toBeEnabled();
  });

  test("may leave the model for later", async () => {
    const fresh = emptyWorld();
    const { user, backend } = await openWindow(fresh);
    await toModel(user, fresh);
    await user.click(await screen.findByRole("button", { name: "Later" }));
    await deskOf("Elena");
    expect(backend.world.providers, "nothing was set up").toEqual([]);
  });
});

describe("ways in without the passphrase", () => {
  test("a new desk does without one only where an admin allowed it", async () => {
    const { user } = await openWindow(world);
    await user.click(button(/New desk/));
    await user.click(await screen.findByRole("button", { name: "I have an invitation" }));
    await screen.findByLabelText("Passphrase");
    const offered = screen.queryByRole("switch", { name: "Do without a passphrase" });
    expect(offered, "not by default").toBeNull();
  });

  test("a new desk without one says what protects it", async () => {
    world.withoutPassphrase = true;
    const { user, backend } = await openWindow(world);
    await user.click(button(/New desk/));
    await user.click(await screen.findByRole("button", { name: "I have an invitation" }));
    await user.click(await screen.findByRole("switch", { name: "Do without a passphrase" }));
    expect(
      screen.getByText(/Protected by this computer’s login/),
      "before it is made",
    ).toBeVisible();
    expect(screen.queryByLabelText("Passphrase"), "nothing to type").toBeNull();
    await user.type(screen.getByLabelText("Invitation key"), world.invitations[0]?.key ?? "");
    await user.type(screen.getByLabelText("Your name"), "Noor{Enter}");
    await heading("Keep this code somewhere else");
    const sent = backend.sent.find(({ name }) => name === "redeem_invitation");
    expect(sent?.request, "none was sent").toMatchObject({ passphrase: null });
  });

  test("an invitation makes a desk with a code of its own", async () => {
    const { user } = await openWindow(world);
    await user.click(await screen.findByRole("button", { name: /New desk/ }));
    await user.click(await screen.findByRole("button", { name: "I have an invitation" }));
    await heading("Set up your desk");
    const key = screen.getByLabelText("Invitation key");
    await user.type(key, "h7qk 29md trwa 0000");
    await user.type(screen.getByLabelText("Your name"), "Noor");
    await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);
    await screen.findByText(/no longer valid/);
    expect(key, "the field that was wrong").toBeInvalid();
    await waitFor(() => expect(key, "to be typed again").toHaveFocus());
    await user.clear(key);
    await user.type(key, "h7qk 29md trwa 5fxn");
    expect(key, "another key is not refused yet").not.toBeInvalid();
    await user.clear(screen.getByLabelText("Your name"));
    await user.clear(screen.getByLabelText("Passphrase"));
    await user.type(screen.getByLabelText("Your name"), "Noor");
    await user.type(screen.getByLabelText("Passphrase"), `${PASSPHRASE}{Enter}`);
    expect(await heading("Keep this code somewhere else"), "before anything else").toBeVisible();
  });

  test("the recovery code sets a new passphrase and makes a new code", async () => {
    const old = world.desks.find((desk) => desk.card.name === "Mira")?.recoveryGroups ?? [];
    const { user, backend } = await openWindow(world);
    await user.click(await screen.findByRole("button", { name: "Use a recovery code" }));
    await heading("Open Mira’s desk with the code");
    await user.click(button("Open desk"));
    const code = screen.getByLabelText("Recovery code");
    expect(await screen.findByText("Enter the recovery code."), "what is missing").toBeVisible();
    expect(code, "and where").toHaveFocus();
    expect(code, "what is wrong, then what is wanted").toHaveAccessibleDescription(
      "Enter the recovery code. Eight groups of four. Capitals, spaces and dashes do not matter.",
    );
    await user.type(screen.getByLabelText("Recovery code"), old.join("-"));
    await user.type(screen.getByLabelText("New passphrase"), "quiet-ferry-turns-late{Enter}");
    await heading("Keep this code somewhere else");
    expect(backend.world.open?.recoveryGroups, "the old one is spent").not.toEqual(old);
    expect(backend.world.open?.passphrase, "the new one holds").toBe("quiet-ferry-turns-late");
  });
});
