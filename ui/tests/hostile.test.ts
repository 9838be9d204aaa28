/** Hostile words in every place of the desk that shows what others wrote. */
import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, describe, expect, test } from "vitest";
import { HOSTILE } from "../src/markdown/corpus";
import { stateOf } from "./fixture/door";
import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import Places from "./HostilePlaces.svelte";
import { openDeskOf, openWindow } from "./window";

/** Elements that could run, fetch or style something. */
const FOREIGN =
  "img, iframe, object, embed, form, link, meta, base, script, video, audio, details, style, input[name=a]";

/** The texts as one element shows them: no line breaks of its own, no hidden marks. */
const LINES = HOSTILE.map((text) => text.replaceAll(/\s+/g, " ").trim());

/** Nothing of the page could run or fetch, whatever it was told to show. */
function harmless(root: ParentNode): void {
  const foreign = [...root.querySelectorAll(FOREIGN)].filter(
    (element) => !element.matches("form[novalidate], form.form, head *"),
  );
  expect(
    foreign.map((element) => element.outerHTML),
    "words stay words",
  ).toEqual([]);
  for (const element of root.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      expect(name, `${element.localName} ${name}=${value}`).not.toMatch(/^on|^src/);
      if (name === "href") expect(value, "only what may be opened").toMatch(/^(https?:|mailto:|#)/);
    }
  }
}

/** Its own text is on the page, letter by letter. */
function readable(text: string): void {
  const page = document.body.textContent.replaceAll(/\s+/g, " ");
  expect(page, "it can be read").toContain(text);
}

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

describe("hostile words stay words", () => {
  test.each(LINES.map((text) => [text]))("in every part of an answer: %s", async (text) => {
    const elena = world.desks[0];
    if (elena === undefined) throw new Error("the sample has desks");
    render(Places, { text, desk: stateOf(world, elena) });
    for (const opener of [/^Thought for/, /^Where this answer came from/])
      (await screen.findByRole("button", { name: opener })).click();
    const card = await screen.findByRole("dialog", { name: "Where this answer came from" });
    // Model, served model, provider, host, and the try's own words.
    const told = card.textContent.replaceAll(/\s+/g, " ").split(text).length - 1;
    expect(told, "each place of the card").toBeGreaterThanOrEqual(4);
    expect(document.querySelector(".words")?.textContent, "the reasoning").toContain(text);
    readable(text);
    harmless(document.body);
  });

  test.each(LINES.slice(0, 3).map((text) => [text]))(
    "on the desk and its door: %s",
    async (text) => {
      world.workspaceName = text;
      for (const desk of world.desks) {
        desk.card.name = desk.card.name === "Mira" ? text : desk.card.name;
        desk.settings.instructions = text;
        for (const chat of desk.chats) {
          chat.summary.title = text;
          chat.draft = text;
          for (const message of chat.messages.values()) message.text = `datum ${text}`;
        }
      }
      for (const provider of world.providers) {
        provider.label = text;
        provider.models = [text];
      }
      await openWindow(world);
      await screen.findByRole("heading", { name: "Choose your desk" });
      readable(text);
      harmless(document.body);
      cleanup();

      const { user } = await openDeskOf(world, "Elena");
      const row = () => document.querySelector<HTMLElement>("button[data-chat]");
      await waitFor(() => expect(row(), "the chats are listed").not.toBeNull());
      row()?.click();
      await waitFor(() => expect(screen.getByLabelText("Message"), "the draft").toHaveValue(text));
      harmless(document.body);
      await user.keyboard("{Control>}k{/Control}");
      await user.type(await screen.findByPlaceholderText("Search chats and messages"), "datum");
      await waitFor(() => expect(document.querySelector("mark"), "a snippet").not.toBeNull());
      harmless(document.body);
      await user.keyboard("{Escape}");
      for (const section of ["Chat", "Models and providers", "Members"]) {
        await user.keyboard("{Control>},{/Control}");
        await user.click(await screen.findByRole("button", { name: section }));
        await screen.findByRole("heading", { level: 1, name: section });
        harmless(document.body);
      }
      readable(text);
    },
  );
});
