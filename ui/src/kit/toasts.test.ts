import { expect, test, vi } from "vitest";
import { toasts } from "./toasts.svelte";

test("toasts_rise_above_what_a_message_is_written_in_while_it_is_shown", () => {
  let sized = () => {};
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(told: () => void) {
        sized = told;
      }
      observe(): void {}
      disconnect(): void {}
    },
  );
  const composer = document.createElement("div");
  const height = vi.spyOn(composer, "offsetHeight", "get").mockReturnValue(96);
  const gone = toasts.above(composer);
  sized();
  expect(toasts.floor, "its height").toBe(96);
  height.mockReturnValue(0);
  sized();
  expect(toasts.floor, "hidden behind the settings").toBe(0);
  height.mockReturnValue(120);
  sized();
  if (gone) gone();
  expect(toasts.floor, "gone with the desk").toBe(0);
});
