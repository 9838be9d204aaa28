import { screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, expect, test } from "vitest";

import { sampleWorld } from "./fixture/sample";
import type { World } from "./fixture/world";
import { axeFindings, openDeskOf } from "./window";

const button = (name: string | RegExp) => screen.getByRole("button", { name });

let world: World;
beforeEach(() => {
  world = sampleWorld();
});

async function privacy(user: { keyboard(keys: string): Promise<void> }) {
  await user.keyboard("{Control>},{/Control}");
  const nav = await screen.findByRole("navigation", { name: "Settings" });
  within(nav)
    .getByRole("button", { name: /^Privacy/ })
    .click();
  await screen.findByText("Your own programs");
}

test("a program gets a token that is shown once, and loses it again", async () => {
  const { user, backend } = await openDeskOf(world, "Elena");
  await privacy(user);
  expect(screen.queryByText("Base URL"), "nobody asks yet").toBeNull();

  await user.click(button("Add a program…"));
  await user.click(button("Make a token"));
  expect(screen.getByLabelText("Name"), "it needs a name").toHaveAccessibleDescription(
    /Give it a name/,
  );
  await user.type(screen.getByLabelText("Name"), "Notes{Enter}");
  const token = await screen.findByLabelText("Token");
  expect(token, "whole, to be copied").toHaveTextContent(/^carrel-[0-9a-f]{48}$/);
  expect(screen.getByLabelText("Base URL"), "beside it").toHaveTextContent(/8484\/v1$/);
  await user.click(button("Copy the token"));
  await screen.findByRole("button", { name: "Copied" });
  expect(await navigator.clipboard.readText(), "as it is").toBe(token.textContent);
  expect(await axeFindings(), "for everybody").toEqual([]);
  await user.click(button("I have put it in"));

  await screen.findByText("http://127.0.0.1:8484/v1");
  expect(document.body.textContent, "and never again").not.toContain("carrel-");
  expect(
    backend.world.open?.programs.map((one) => one.name),
    "as the core keeps it",
  ).toEqual(["Notes"]);

  await user.click(button("Take back the token of Notes"));
  const dialog = await screen.findByRole("dialog", { name: "Take back the token of Notes?" });
  await user.click(within(dialog).getByRole("button", { name: "Take back" }));
  await waitFor(() => expect(screen.queryByText("Notes"), "it is a stranger").toBeNull());
  expect(backend.world.open?.programs, "at once").toEqual([]);
});

test("a name that is taken is told, and nothing is made", async () => {
  const elena = world.desks.find((desk) => desk.card.name === "Elena");
  if (!elena) throw new Error("the sample has Elena");
  elena.programs = [{ id: "one", name: "Notes", made_at: world.now(), class: "internal" }];
  const { user } = await openDeskOf(world, "Elena");
  await privacy(user);
  await user.click(button("Add a program…"));
  await user.type(screen.getByLabelText("Name"), "Notes{Enter}");
  await screen.findByText(/Another program has this name/);
  expect(elena.programs, "the one that was there").toHaveLength(1);
});
