import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import type { Ask, ChatSummary, DataClass } from "../src/ipc";
import { skipOf } from "../src/chat/tries";
import { spoken } from "../src/i18n";
import { sampleClasses } from "./fixture/classes";
import { sampleRoutes, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, type OpenWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });
const chip = (text: RegExp) => screen.findByRole("button", { name: text });
const asked = ({ backend }: OpenWindow) =>
  backend.sent.filter((one) => one.name === "ask").map(({ request }) => request as Ask);
const changes = ({ backend }: OpenWindow) =>
  backend.sent.filter((one) => one.name === "update_chat").map(({ request }) => request);
const setTo = ({ user }: OpenWindow, name: string) => choose(user, button(/^Data class:/), name);
/** A row of the open list of models; without layout it counts as scrolled away. */
const row = (name: string) =>
  [...document.querySelectorAll<HTMLElement>("[role=option]")].find((one) =>
    one.textContent.trim().startsWith(name),
  ) ?? document.body;
async function pick({ user }: Pick<OpenWindow, "user">): Promise<void> {
  await user.click(button(/^Model:/));
  await screen.findByLabelText("Find a model");
}
/** The lines of the open menu of classes, name and where text may go. */
const places = () =>
  [...document.querySelectorAll("[role=menuitemradio]")].map((one) =>
    one.textContent.replaceAll(/\s+/g, " ").trim(),
  );

let world: World;
beforeEach(() => {
  world = sampleWorld();
  sampleClasses(world);
});

const chatOf = (title: string): ChatSummary | undefined =>
  world.open?.chats.find(({ summary }) => summary.title.startsWith(title))?.summary;

async function open({ user }: OpenWindow, title: RegExp): Promise<void> {
  await user.click(await screen.findByRole("button", { name: title }));
  await screen.findByRole("heading", { level: 1, name: title });
  await waitFor(() => expect(screen.getByLabelText("Message"), "to write on").toHaveFocus());
}

describe("the class of a new chat", () => {
  test("is the usual one, and says where text of each class may go now", async () => {
    const opened = await openDeskOf(world, "Mira");
    await chip(/^Data class: Internal$/);
    await setTo(opened, "Internal");
    button(/^Data class:/).focus();
    await opened.user.keyboard("{Enter}");
    await waitFor(() =>
      expect(places(), "by the list as it is").toEqual([
        "Public anyone may read it 6 models: gpt-4.1, gpt-4.1-mini, and 4 more",
        "Internal for everyone in the workspace 6 models: gpt-4.1, gpt-4.1-mini, and 4 more",
        "Confidential would do harm outside 4 models: mistral-large-latest, mistral-small-latest, and 2 more",
        "Restricted only for a few by name 2 models: SmolLM2 135M Instruct and nordlys-70b",
      ]),
    );
    await waitFor(() =>
      expect(document.activeElement, "on the one it has").toHaveTextContent(/^Internal/),
    );
    expect(await axeFindings(), "for everybody").toEqual([]);
    await opened.user.keyboard("{Escape}");
    world.providers = world.providers.filter(({ label }) => label !== "Nordlys");
    expect(button(/^Data class:/), "the hand is back").toHaveFocus();
    await opened.user.keyboard("{Enter}");
    await waitFor(() =>
      expect(places().at(-1), "as soon as that changes").toBe(
        "Restricted only for a few by name This machine only: SmolLM2 135M Instruct",
      ),
    );
    await opened.user.keyboard("{Escape}");
    world.providers = world.providers.filter(({ local }) => !local);
    await opened.user.keyboard("{Enter}");
    await waitFor(() =>
      expect(places().at(-1), "nor elsewhere").toBe(
        "Restricted only for a few by name Nowhere: no model may receive it",
      ),
    );
  });

  test("names the one region there is, and this machine where that may have it, too", async () => {
    world = sampleWorld();
    const opened = await openDeskOf(world, "Mira");
    await chip(/^Data class: Internal ?, EU or this machine$/);
    world.providers = world.providers.filter(({ local }) => !local);
    button(/^Data class:/).focus();
    await opened.user.keyboard("{Enter}{Escape}");
    await chip(/^Data class: Internal ?, EU only$/);
  });

  test("goes with its first question, and only with that one", async () => {
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await setTo(opened, "Confidential");
    await chip(/^Data class: Confidential/);
    expect(button(/^Data class:/), "the hand stays on it").toHaveFocus();
    await user.type(screen.getByLabelText("Message"), "Which bid?");
    await waitFor(() =>
      expect(
        opened.backend.sent.findLast(({ name }) => name === "estimate")?.request,
        "the price is that of such a question",
      ).toMatchObject({ class: "confidential", text: "Which bid?" }),
    );
    await user.keyboard("{Enter}");
    await screen.findAllByRole("button", { name: "Actions for Which bid?" });
    expect(chatOf("Which bid?")?.class, "as the core keeps it").toBe("confidential");
    await waitFor(() => expect(button("Send")).toBeInTheDocument());
    await user.type(screen.getByLabelText("Message"), "And why?{Enter}");
    await waitFor(() => expect(asked(opened)).toHaveLength(2));
    expect(
      asked(opened).map((one) => one.class),
      "the chat has it from then on",
    ).toEqual(["confidential", null]);
    await user.keyboard("{Control>}{Shift>}o{/Shift}{/Control}");
    await chip(/^Data class: Internal/);
  });

  test("waits with the draft while one looks at another chat", async () => {
    const opened = await openDeskOf(world, "Mira");
    await setTo(opened, "Restricted");
    await open(opened, /^Multibeam/);
    await chip(/^Data class: Internal/);
    await opened.user.keyboard("{Control>}{Shift>}o{/Shift}{/Control}");
    await chip(/^Data class: Restricted/);
  });

  test("can be chosen by guests", async () => {
    world.guestAllowed = true;
    const here = world.providers.find(({ local }) => local);
    world.usual = {
      kind: "model",
      model: { provider: here?.id ?? "", model: world.builtIn.model },
    };
    const opened = await openDeskOf(await guest(world), "Guest");
    await setTo(opened, "Restricted");
    await opened.user.type(screen.getByLabelText("Message"), "Why?{Enter}");
    await waitFor(() => expect(asked(opened)[0]?.class).toBe("restricted"));
  });
});

/** A world whose first desk is a guest's. */
async function guest(of: World): Promise<World> {
  const { makeDesk } = await import("./fixture/world");
  of.desks.unshift(makeDesk("Guest", 8, "guest", ""));
  return of;
}

describe("the class of a chat", () => {
  test("is raised at once", async () => {
    const opened = await openDeskOf(world, "Mira");
    await open(opened, /^Multibeam/);
    await setTo(opened, "Confidential");
    await chip(/^Data class: Confidential/);
    expect(screen.queryByRole("dialog"), "nobody asks").toBeNull();
    expect(changes(opened), "nothing else is touched").toEqual([
      {
        chat: chatOf("Multibeam")?.id,
        title: null,
        pinned: null,
        archived: null,
        class: "confidential",
      },
    ]);
  });

  test("is lowered after a question that says who may then read it", async () => {
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await open(opened, /^Vessel hire/);
    await setTo(opened, "Internal");
    const dialog = within(
      await screen.findByRole("dialog", { name: "Lower the class to Internal?" }),
    );
    expect(dialog.getByText(/may then go to gpt-4\.1 and gpt-4\.1-mini, too/)).toBeVisible();
    expect(await axeFindings(), "for everybody").toEqual([]);
    await user.click(dialog.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(chatOf("Vessel")?.class, "not yet").toBe("confidential");
    await setTo(opened, "Internal");
    await user.click(await screen.findByRole("button", { name: "Lower the class" }));
    await chip(/^Data class: Internal/);
    expect(chatOf("Vessel")?.class, "then").toBe("internal");
  });

  test("above the usual one is marked in the list and at the title", async () => {
    const opened = await openDeskOf(world, "Mira");
    await screen.findByRole("button", { name: /^Vessel hire.*Data class: Confidential$/ });
    expect(
      screen.getByRole("button", { name: /^Multibeam calibration notes$/ }),
      "a usual one is not",
    ).toBeInTheDocument();
    await open(opened, /^Vessel hire/);
    const bar = within(document.querySelector<HTMLElement>("header.bar") ?? document.body);
    expect(bar.getByText("Confidential"), "in words").toBeVisible();
    await open(opened, /^Multibeam/);
    expect(bar.queryByText("Internal"), "good news is quiet").toBeNull();
  });
});

describe("a model that may not get the text", () => {
  test("is not sent to, and why stands there before that", async () => {
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await setTo(opened, "Restricted");
    const why =
      "mistral-large-latest may receive Confidential text at most; this chat is Restricted.";
    await screen.findByText(why);
    const field = screen.getByLabelText("Message");
    await user.type(field, "Which bid?");
    expect(button("Send"), "as a button that does nothing").toHaveAttribute(
      "aria-disabled",
      "true",
    );
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Not sent."), "said where it is tried").toBeVisible();
    await user.click(button("Send"));
    expect(asked(opened), "nothing went to the core").toEqual([]);
    expect(field, "nothing is lost").toHaveValue("Which bid?");
    expect(await axeFindings(), "for everybody").toEqual([]);

    await user.click(button("Choose another model"));
    await screen.findByLabelText("Find a model");
    await user.click(row("nordlys-70b"));
    await waitFor(() => expect(screen.queryByText(why), "settled").toBeNull());
    await user.click(button("Send"));
    await waitFor(() =>
      expect(asked(opened)[0], "to who may").toMatchObject({
        class: "restricted",
        target: { model: { model: "nordlys-70b" } },
      }),
    );
  });

  test("is listed with the reason, and cannot be chosen", async () => {
    world.routes = sampleRoutes(world).map((route, at) =>
      at === 0
        ? route
        : {
            ...route,
            candidates: route.candidates.filter(({ model }) => model.model.startsWith("gpt")),
          },
    );
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await setTo(opened, "Confidential");
    await pick({ user });
    const bad = row("gpt-4.1-mini");
    expect(bad).toHaveTextContent("Not for confidential text. It may receive Internal at most.");
    expect(bad, "as others that are not available").toHaveAttribute("aria-disabled", "true");
    expect(bad, "where it works").toHaveTextContent("US, outside home");
    expect(row("Careful"), "a route without one").toHaveTextContent(
      "Not for confidential text. None of its models may receive it.",
    );
    expect(row("Everyday")).toHaveAttribute("aria-disabled", "false");
    const good = row("mistral-small");
    expect(good).toHaveTextContent("EU");
    expect(good).not.toHaveTextContent("outside");
    expect(await axeFindings(), "for everybody").toEqual([]);
    await user.click(bad);
    await user.click(row("Careful"));
    expect(row("gpt-4.1-mini"), "it stays open").not.toBe(document.body);
    await user.click(good);
    await waitFor(() => expect(button(/^Model: mistral-small/)).toBeVisible());
  });

  test("is left out of a route, and the card says so", async () => {
    world.routes = sampleRoutes(world);
    world.usual = { kind: "route", route: world.routes[0]?.id ?? "" };
    const opened = await openDeskOf(world, "Mira");
    await setTo(opened, "Confidential");
    await opened.user.type(screen.getByLabelText("Message"), "Which bid?{Enter}");
    const card = await waitFor(() => {
      const chat = world.open?.chats.find(({ summary }) => summary.title === "Which bid?");
      const found = chat?.messages.get(chat.branch[1] ?? "")?.provenance;
      expect(found?.model.model, "who may").toBe("mistral-large-latest");
      return found;
    });
    expect(card?.skipped.map((one) => [one.model.model, skipOf(one)])).toEqual([
      ["gpt-4.1", "It may not receive confidential text"],
      ["gpt-4.1-mini", "It may not receive confidential text"],
    ]);
    spoken.choose("de");
    expect(card?.skipped.map(skipOf)[0]).toBe("Es darf keine vertraulichen Texte erhalten");
    spoken.choose("en");
  });

  test("that the core alone refused is explained in words", async () => {
    const opened = await openDeskOf(world, "Mira");
    const { user } = opened;
    await setTo(opened, "Confidential");
    await chip(/^Data class: Confidential/);
    // An admin lowered it, and this window did not hear of it yet.
    world.providers = world.providers.map((one) =>
      one.label === "Mistral" ? { ...one, accepts: "internal" as DataClass } : one,
    );
    await user.type(screen.getByLabelText("Message"), "Which bid?{Enter}");
    const why = "This provider may receive Internal text at most; this chat is Confidential.";
    expect(await screen.findByText(why), "as the list has it by now").toBeVisible();
    await user.click(button("Why?"));
    const dialog = within(
      await screen.findByRole("dialog", { name: "You may not use mistral-large-latest" }),
    );
    expect(dialog.getByText(why), "in words").toBeVisible();
    expect(
      dialog.getByText(/^The data class of the text keeps it from this provider\./),
      "by whose rule",
    ).toBeVisible();
    expect(
      dialog.queryByRole("button", { name: "Ask for access" }),
      "nobody can give it",
    ).toBeNull();
    expect(dialog.getByText("Elena"), "who can change it").toBeVisible();
  });
});

describe("what a provider may receive", () => {
  async function edit(label: string) {
    const opened = await openDeskOf(world, "Elena");
    await opened.user.keyboard("{Control>},{/Control}");
    await opened.user.click(await screen.findByRole("button", { name: "Models and providers" }));
    await screen.findByRole("heading", { name: label });
    await choose(opened.user, button(`${label}: more`), "Edit provider");
    return { ...opened, dialog: within(await screen.findByRole("dialog")) };
  }
  const saved = (label: string) => world.providers.find((one) => one.label === label);

  test("is set with its regions, and stands in its row", async () => {
    const { user, dialog } = await edit("OpenAI");
    expect(screen.getByText("up to Internal"), "its row").toBeInTheDocument();
    const accepts = dialog.getByLabelText(/^May receive text up to/);
    expect(accepts, "as it is").toHaveTextContent("Internal");
    await choose(user, accepts, "Confidential", "option");
    const regions = dialog.getByLabelText("Regions");
    await user.type(regions, "x y{Enter}");
    expect(regions, "why not").toHaveAccessibleDescription(/^A region is a short code/);
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    expect(saved("OpenAI")?.accepts, "nothing is saved so").toBe("internal");
    expect(regions, "the hand is where it lacks").toHaveFocus();
    await user.clear(regions);
    await user.type(regions, "CH{Enter}de,");
    const tags = () =>
      dialog
        .getAllByRole("button", { name: /^Remove / })
        .map((one) => one.getAttribute("aria-label"));
    expect(tags(), "in order, as places").toEqual([
      "Remove United States",
      "Remove Switzerland",
      "Remove Germany",
    ]);
    await user.keyboard("{Backspace}");
    expect(tags(), "the last one goes").toEqual(["Remove United States", "Remove Switzerland"]);
    expect(regions, "and the hand stays").toHaveFocus();
    await user.click(dialog.getByRole("button", { name: "Remove United States" }));
    await waitFor(() => expect(regions).toHaveFocus());
    await user.click(dialog.getByRole("button", { name: "Add EU, European Union" }));
    await user.type(regions, "ch{Enter}");
    expect(tags(), "none twice").toEqual(["Remove Switzerland", "Remove European Union"]);
    expect(await axeFindings(), "for everybody").toEqual([]);
    await user.type(regions, "uk");
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(saved("OpenAI"), "with what was typed last").toMatchObject({
      accepts: "confidential",
      regions: ["ch", "eu", "uk"],
    });
    expect(await screen.findByText("CH, EU, UK"), "its row").toBeVisible();
  });

  test("stays as it is where something else is changed", async () => {
    const { user, dialog } = await edit("Nordlys");
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    await waitFor(() => expect(saved("Nordlys")?.version).toBe(2));
    expect(saved("Nordlys")).toMatchObject({ accepts: "restricted", regions: ["eu"] });
  });

  test("is no question on this machine", async () => {
    const { user, dialog } = await edit("Built-in");
    expect(dialog.getByText(/stays on this machine, so it may receive every class/)).toBeVisible();
    expect(dialog.queryByLabelText(/^May receive/)).toBeNull();
    expect(dialog.queryByLabelText("Regions")).toBeNull();
    await user.click(dialog.getByRole("button", { name: "Save provider" }));
    await waitFor(() => expect(saved("Built-in")?.version).toBe(2));
    // The core lets everything go there; nothing of that is signed for another address.
    expect(saved("Built-in")).toMatchObject({ accepts: "internal", regions: [] });
  });
});

describe("the workspace", () => {
  async function rules(name = "Elena") {
    const opened = await openDeskOf(world, name);
    await opened.user.keyboard("{Control>},{/Control}");
    await opened.user.click(await screen.findByRole("button", { name: "Members" }));
    await screen.findByText("Usual class of new chats");
    return opened;
  }

  test("has a usual class and home regions, and each keeps the others", async () => {
    world.withoutPassphrase = true;
    const opened = await rules();
    const { user, backend } = opened;
    await choose(
      user,
      screen.getByLabelText(/^Usual class of new chats/),
      "Confidential",
      "option",
    );
    await user.type(screen.getByLabelText("Home regions"), "ch,de{Enter}");
    await user.click(button("Remove European Union"));
    await waitFor(() => expect(world.homeRegions).toEqual(["ch", "de"]));
    expect([world.usualClass, world.withoutPassphrase], "neither is taken back").toEqual([
      "confidential",
      true,
    ]);
    expect(
      backend.sent.findLast(({ name }) => name === "write_rules")?.request,
      "all in one",
    ).toEqual({
      without_passphrase: true,
      usual_class: "confidential",
      home_regions: ["ch", "de"],
    });
    expect(await axeFindings(), "for everybody").toEqual([]);
    await user.click(screen.getByRole("switch", { name: "Allow desks without a passphrase" }));
    await user.click(await screen.findByRole("button", { name: "Require a passphrase" }));
    await waitFor(() => expect(world.withoutPassphrase).toBe(false));
    expect([world.usualClass, world.homeRegions]).toEqual(["confidential", ["ch", "de"]]);
    await user.keyboard("{Escape}");
    await user.keyboard("{Escape}");
    await chip(/^Data class: Confidential/);
  });

  test("shows a rule as it still is where the core refuses another", async () => {
    world.homeRegions = Array.from({ length: 20 }, (_, at) => `r${at}`);
    const { user } = await rules();
    await user.type(screen.getByLabelText("Home regions"), "eu{Enter}");
    expect(screen.getByText("At most 20 regions."), "before it is sent").toBeVisible();
    world.homeRegions = [...world.homeRegions, "r20"];
    await choose(user, screen.getByLabelText(/^Usual class of new chats/), "Public", "option");
    expect(await screen.findByText("There are at most 20 home regions.")).toBeVisible();
    await waitFor(() =>
      expect(screen.getByLabelText(/^Usual class of new chats/)).toHaveTextContent("Internal"),
    );
  });

  test("keeps a role from models outside its home, and says so of each", async () => {
    world.policy.cells = [{ role: "member", row: { kind: "foreign_models" }, stance: "deny" }];
    const { user } = await openDeskOf(world, "Mira");
    await pick({ user });
    const far = row("gpt-4.1-mini");
    expect(far).toHaveTextContent("US, outside home");
    await user.click(far);
    const dialog = within(
      await screen.findByRole("dialog", { name: "You may not use gpt-4.1-mini" }),
    );
    expect(
      dialog.getByText(/for “Models outside the home regions”/),
      "by which rule",
    ).toBeVisible();
  });
});

test("a program's questions count as the usual class, or as another one", async () => {
  world.usualClass = "confidential";
  const { user, backend } = await openDeskOf(world, "Mira");
  await user.keyboard("{Control>},{/Control}");
  await user.click(await screen.findByRole("button", { name: /^Privacy/ }));
  await user.click(await screen.findByRole("button", { name: "Add a program…" }));
  const counts = screen.getByLabelText(/^Its questions count as/);
  await waitFor(() => expect(counts, "as chats do").toHaveTextContent("Confidential"));
  await user.type(screen.getByLabelText("Name"), "Notes");
  await choose(user, counts, "Public", "option");
  expect(await axeFindings(), "for everybody").toEqual([]);
  await user.click(button("Make a token"));
  await user.click(await screen.findByRole("button", { name: "I have put it in" }));
  expect(await screen.findByText(/questions count as Public$/), "in its row").toBeVisible();
  expect(backend.world.open?.programs[0]?.class, "as the core keeps it").toBe("public");
});
