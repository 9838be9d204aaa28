/** What jsdom lacks and the screens use; nothing here decides a test. */
import "@testing-library/jest-dom/vitest";
import { configure } from "@testing-library/svelte";
import { beforeEach, vi } from "vitest";
import { spoken } from "../src/i18n";
import { transport, useTransport } from "../src/ipc/transport";
import { toasts } from "../src/kit/toasts.svelte";
import { tooltipState } from "../src/kit/tooltip.svelte";

configure({
  // A busy machine is slow, not wrong.
  asyncUtilTimeout: 8_000,
  getElementError: (message) => new Error(message?.split("\n\n")[0] ?? "not found"),
});

/** The way to the core that a window has before a test gives it another. */
const shell = transport();

/**
 * Makes the window new: all test files of a worker share it, and the modules.
 *
 * A module that keeps something outside of a component is put back here.
 */
function leaveNothing(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  for (const { id } of toasts.list) toasts.dismiss(id);
  tooltipState.hide();
  useTransport(shell);
  document.body.replaceChildren();
  for (const element of [document.documentElement, document.body])
    for (const name of element.getAttributeNames()) element.removeAttribute(name);
  document.title = "";
  localStorage.clear();
  sessionStorage.clear();
  spoken.choose(null);
}

// What a `beforeEach` hands back runs after every `afterEach`, and this one's last of all:
// when the screens are taken down.
beforeEach(() => leaveNothing);

class NoObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

// Not with `stubGlobal`, which tests take back.
Object.assign(globalThis, {
  ResizeObserver: NoObserver,
  matchMedia: (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => {},
    removeEventListener: () => {},
  }),
});
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
