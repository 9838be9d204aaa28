import { expect, test, vi } from "vitest";
import { Shortcuts } from "./shortcuts.svelte";

const press = () => new KeyboardEvent("keydown", { key: "l", ctrlKey: true, cancelable: true });

test("a screen takes over a key while it is there and gives it back", () => {
  const shortcuts = new Shortcuts();
  const [first, second] = [vi.fn<() => void>(), vi.fn<() => void>()];
  shortcuts.add({ keys: "mod+l", label: () => "first", run: first });
  const remove = shortcuts.add({ keys: "mod+l", label: () => "second", run: second });
  shortcuts.press(press());
  remove();
  shortcuts.press(press());
  expect([first.mock.calls.length, second.mock.calls.length], "one press each").toEqual([1, 1]);
});

test("a key that something nearer handled runs nothing", () => {
  const shortcuts = new Shortcuts();
  const run = vi.fn<() => void>();
  shortcuts.add({ keys: "mod+l", label: () => "lock", run });
  const event = press();
  event.preventDefault();
  expect(shortcuts.press(event), "an open menu had it first").toBe(false);
  expect(run, "nothing ran").not.toHaveBeenCalled();
});
