/** What jsdom lacks and the screens use; nothing here decides a test. */
import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/svelte";
import { afterEach, vi } from "vitest";
import { toasts } from "../src/kit/toasts.svelte";

configure({
  // A busy machine is slow, not wrong.
  asyncUtilTimeout: 8_000,
  getElementError: (message) => new Error(message?.split("\n\n")[0] ?? "not found"),
});

// What one test did is not told in the next one's window.
afterEach(() => {
  for (const { id } of toasts.list) toasts.dismiss(id);
});

class NoObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal("ResizeObserver", NoObserver);
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => {},
  removeEventListener: () => {},
}));
HTMLCanvasElement.prototype.getContext = () => null;
Blob.prototype.text = function text() {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => done(String(reader.result)));
    reader.addEventListener("error", () => failed(reader.error));
    reader.readAsText(this);
  });
};
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
Element.prototype.hasPointerCapture = () => false;
Element.prototype.setPointerCapture = () => {};
Element.prototype.releasePointerCapture = () => {};
