import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { spoken } from "../src/i18n";
import { manyModels, sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, choose, openDeskOf, openWindow } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

async function settingsOf(name: string) {
  const opened = await openDeskOf(world, name);
  await opened.user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav).getByRole("button", { name: "Models and providers" }).click();
  await screen.findByRole("list", { name: "Models and prices" });
  return opened;
}

/** The row of a model in the settings, as text. */
const row = (model: string) => {
  const rows = within(screen.getByRole("list", { name: "Models and prices" })).getAllByRole(
    "listitem",
  );
  return rows.map((one) => one.textContent).find((text) => text.includes(model)) ?? "";
};

describe("models and prices", () => {
  test("each model shows what it can do, what it costs, and from when that is", async () => {
    await settingsOf("Elena");
    expect(row("mistral-large-latest"), "a listed one").toMatch(
      /Mistral.*Sees pictures.*Tools.*128K tokens.*\$2.00 in · \$6.00 out/s,
    );
    expect(row("SmolLM2"), "one on this machine").toMatch(/free/);
    expect(screen.getByText(/the list of November 23, 2026 that comes with Carrel/)).toBeVisible();
  });

  test("an admin sets a price by keyboard, and goes back to the list's", async () => {
    const { user, backend } = await settingsOf("Elena");
    button("Edit the values of mistral-large-latest").focus();
    await user.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog", { name: "Values of mistral-large-latest" });
    const price = within(dialog).getByLabelText(/^Price/);
    await choose(user, price, "Own price", "option");
    const input = await within(dialog).findByRole("textbox", { name: "Input" });
    expect(input, "it begins with the list's").toHaveValue("2");
    await user.clear(input);
    await user.type(input, "-1");
    const save = within(dialog).getByRole("button", { name: "Save values" });
    save.focus();
    await user.keyboard("{Enter}");
    expect(input, "a price below nothing is none").toBeInvalid();
    expect(within(dialog).getByText(/^Type US dollars from 0 to 10,000/), "why").toBeVisible();
    await user.clear(input);
    await user.type(input, "3.5");
    save.focus();
    await user.keyboard("{Enter}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(row("mistral-large-latest")).toMatch(/Own values.*\$3.50 in · \$6.00 out/s);
    const own = [...backend.world.overrides.values()][0];
    expect(own?.price, "whole nano-dollars, as the core takes them").toEqual({
      kind: "set",
      price: { input: 3_500_000_000, output: 6_000_000_000, cached: 200_000_000, write: null },
    });
    await user.click(button("Edit the values of mistral-large-latest"));
    await user.click(await screen.findByRole("button", { name: "Back to the list’s values" }));
    await waitFor(() => expect(row("mistral-large-latest")).toMatch(/\$2.00 in/));
    expect(backend.world.overrides.size, "nothing is left of it").toBe(0);
  });

  test("another price is shown with the provider as well, and the list's again", async () => {
    const { user } = await settingsOf("Elena");
    const figures = () =>
      screen.getByRole("heading", { name: "Mistral" }).closest(".row")?.querySelector(".figures")
        ?.textContent;
    await waitFor(() => expect(figures()).toMatch(/\$2.00/));
    await user.click(button("Edit the values of mistral-large-latest"));
    const dialog = within(await screen.findByRole("dialog"));
    await choose(user, dialog.getByLabelText(/^Price/), "Own price", "option");
    const input = await dialog.findByRole("textbox", { name: "Input" });
    await user.clear(input);
    await user.type(input, "3.5");
    await user.click(dialog.getByRole("button", { name: "Save values" }));
    await waitFor(() => expect(figures(), "its own").toMatch(/\$3.50/));
    await user.click(button("Edit the values of mistral-large-latest"));
    await user.click(await screen.findByRole("button", { name: "Back to the list’s values" }));
    await waitFor(() => expect(figures(), "the list's").toMatch(/\$2.00/));
  });

  test("an ability and a context are said, and what is listed stays", async () => {
    const { user, backend } = await settingsOf("Elena");
    await user.click(button("Edit the values of mistral-small-latest"));
    const dialog = await screen.findByRole("dialog");
    const pictures = within(dialog).getByLabelText(/^Sees pictures/);
    await choose(user, pictures, "No", "option");
    await user.type(within(dialog).getByLabelText("Tokens it reads at once"), "32,000");
    await user.click(within(dialog).getByRole("button", { name: "Save values" }));
    await waitFor(() => expect(row("mistral-small-latest")).toMatch(/32K tokens/));
    expect(row("mistral-small-latest")).not.toMatch(/Sees pictures/);
    expect([...backend.world.overrides.values()][0]).toMatchObject({
      price: { kind: "listed" },
      context: 32_000,
      images: false,
      tools: null,
    });
  });

  test("an imported list says since when, and can be given up", async () => {
    world.priceList = { date: "2026-11-25", importedAt: world.now() };
    const { user, backend } = await settingsOf("Elena");
    expect(screen.getByText(/list of November 25, 2026, imported/)).toBeVisible();
    await user.click(button("Use Carrel’s list"));
    const dialog = within(await screen.findByRole("dialog"));
    await user.click(dialog.getByRole("button", { name: "Use Carrel’s list" }));
    await screen.findByText(/that comes with Carrel/);
    expect(backend.world.priceList, "the core was told").toBeNull();
    const asked = backend.sent.map((one) => one.name);
    expect(asked.lastIndexOf("list_models"), "prices are read again").toBeGreaterThan(
      asked.indexOf("drop_catalogue"),
    );
  });

  test("a member reads all of it and changes none", async () => {
    await settingsOf("Jonas");
    expect(row("mistral-large-latest")).toMatch(/\$2.00 in/);
    expect(screen.queryByRole("button", { name: /^Edit the values/ })).toBeNull();
    expect(screen.queryByText("carrel catalogue import")).toBeNull();
  });

  test("one of many models is found by its name", async () => {
    manyModels(world);
    const { user } = await settingsOf("Elena");
    await user.type(screen.getByRole("textbox", { name: "Find a model" }), "claude son");
    expect(row("claude-sonnet-4-5"), "larger inputs cost more").toMatch(/more for long inputs/);
    expect(row("o3"), "the others are away").toBe("");
    await user.type(screen.getByRole("textbox", { name: "Find a model" }), "xyz");
    expect(screen.getByText("No model has that name.")).toBeVisible();
  });
});

describe("the picker", () => {
  async function picker(name = "Mira") {
    manyModels(world);
    const opened = await openDeskOf(world, name);
    await opened.user.keyboard("{Control>}{Shift>}m{/Shift}{/Control}");
    await screen.findByRole("listbox", { hidden: true });
    return opened;
  }
  const option = (model: string) =>
    screen
      .getAllByRole("option", { hidden: true })
      .find((one) => one.querySelector(".name")?.textContent === model)?.textContent ?? "";

  test("each row says what the model can do and costs", async () => {
    await picker();
    expect(option("o3")).toMatch(
      /\$2.00 in · \$8.00 out.*Sees pictures.*Tools.*Thinks.*200K tokens/s,
    );
    expect(option("gpt-4.1-mini"), "an admin's own price").toMatch(/\$0.30 in · \$1.20 out/);
    expect(option("gpt-99"), "nobody knows").toMatch(/Price not known/);
  });

  test("a model that would not answer says why, and until when", async () => {
    await picker();
    expect(option("claude-sonnet-4-5")).toMatch(/Resting until .*asks for a pause/s);
    expect(option("o3")).toMatch(/Limit used up until .*\$5.00 a month/s);
    expect(option("gpt-99")).toMatch(/Stopped by a limit.*price of this model is not known/s);
    expect(option("claude-haiku-4-5"), "one without trouble").not.toMatch(/until|Stopped/);
  });

  test("it can be chosen by keyboard all the same: somebody may stand in", async () => {
    const { user } = await picker();
    const find = screen.getByRole("combobox", { hidden: true });
    await user.type(find, "claude sonnet{Enter}");
    await waitFor(() => expect(screen.queryByRole("listbox", { hidden: true })).toBeNull());
    expect(button(/claude-sonnet-4-5/)).toBeVisible();
  });

  test("it speaks German", async () => {
    for (const desk of world.desks) desk.settings.language = "de";
    manyModels(world);
    world.open = world.desks.find((desk) => desk.card.name === "Mira") ?? null;
    const { user } = await openWindow(world);
    await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
    await user.keyboard("{Control>}{Shift>}m{/Shift}{/Control}");
    await screen.findByRole("listbox", { hidden: true });
    expect(option("o3")).toMatch(
      /2,00\s\$ ein · 8,00\s\$ aus.*Sieht Bilder.*Werkzeuge.*Denkt nach/s,
    );
    expect(option("o3")).toMatch(/Grenze aufgebraucht bis .*Die Grenze von/s);
    spoken.choose("en");
  });

  test("axe finds nothing in it, in the list of prices and in its dialog", async () => {
    const { user } = await picker("Elena");
    expect(await axeFindings(), "the picker").toEqual([]);
    await user.keyboard("{Escape}{Control>},{/Control}");
    const nav = await screen.findByRole("navigation", { name: "Settings" });
    within(nav).getByRole("button", { name: "Models and providers" }).click();
    await screen.findByRole("list", { name: "Models and prices" });
    expect(await axeFindings(), "the list").toEqual([]);
    await user.click(button("Edit the values of gpt-4.1-mini"));
    await screen.findByRole("dialog");
    expect(await axeFindings(), "its dialog").toEqual([]);
  });
});
