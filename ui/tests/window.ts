/** A window over the fixture backend, as a person at the keyboard finds it. */
// The application loads it later; here it is there before a test waits for it.
import "../src/desk/DeskHome.svelte";
import { render, screen, waitFor } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import axe from "axe-core";
import { expect, vi } from "vitest";
import App from "../src/App.svelte";
import { useTransport } from "../src/ipc/transport";
import { FixtureBackend } from "./fixture/backend";
import type { World } from "./fixture/world";

/** A Monday morning for every look at the clock: no test runs over midnight. */
export const inTheMorning = () =>
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 23, 9, 41) });

export interface OpenWindow {
  user: ReturnType<typeof userEvent.setup>;
  backend: FixtureBackend;
}

/** Opens a window and waits until it shows where it belongs. */
export async function openWindow(world: World): Promise<OpenWindow> {
  return openWindowOf(new FixtureBackend(world));
}

/** The same over a backend that was changed before. */
export async function openWindowOf(backend: FixtureBackend): Promise<OpenWindow> {
  useTransport(backend);
  render(App);
  await waitFor(() => expect(document.querySelector("h1, main")).not.toBeNull());
  return { user: userEvent.setup(), backend };
}

/** The same, inside the desk of `name`. */
export async function openDeskOf(world: World, name: string): Promise<OpenWindow> {
  const desk = world.desks.find((one) => one.card.name === name);
  if (!desk) throw new Error(`the world has no desk of ${name}`);
  world.open = desk;
  const opened = await openWindow(world);
  await screen.findByRole("button", { name: new RegExp(`^${name}.*desk menu`, "i") });
  // A new chat takes the focus a frame later; jsdom would let it, even behind the settings.
  await waitFor(() => expect(document.activeElement?.tagName).toBe("TEXTAREA"));
  return opened;
}

/** Opens a menu or a list as the keyboard does, and takes an entry. */
export async function choose(
  user: OpenWindow["user"],
  trigger: HTMLElement,
  entry: string,
  kind: "menuitem" | "option" = "menuitem",
): Promise<void> {
  trigger.focus();
  await user.keyboard("{Enter}");
  // Without layout the menu counts as scrolled away, which hides it.
  const role = kind === "option" ? "listbox" : "menu";
  const menu = await screen.findByRole(role, { hidden: true });
  const items = [...menu.querySelectorAll(`[role^=${kind}]`)];
  const item = items.find((one) => one.textContent.trim().startsWith(entry));
  expect(item, `the menu has ${entry}`).toBeDefined();
  await user.click(item ?? document.body);
}

/** What axe finds, as lines; contrast is judged in the real window. */
export async function axeFindings(): Promise<string[]> {
  const { violations } = await axe.run(document.body, {
    rules: { "color-contrast": { enabled: false }, region: { enabled: false } },
  });
  return violations.flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html}`));
}
