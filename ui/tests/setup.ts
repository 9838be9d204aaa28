/** What jsdom lacks and the screens use; nothing here decides a test. */
import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/svelte";
import { vi } from "vitest";

configure({
  // A busy machine is slow, not wrong.
  asyncUtilTimeout: 8_000,
  getElementError: (message) => new Error(message?.split("\n\n")[0] ?? "not found"),
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
Element.prototype.scrollIntoView = () => {};
Element.prototype.scrollTo = () => {};
Element.prototype.hasPointerCapture = () => false;
Element.prototype.setPointerCapture = () => {};
Element.prototype.releasePointerCapture = () => {};
