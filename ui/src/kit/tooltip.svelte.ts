/**
 * One tooltip for the whole window.
 *
 * An attachment on the control, one layer in the page: a transcript with a
 * thousand icon buttons costs a thousand listeners and a single element. It
 * repeats a control's name, so it is hidden from screen readers.
 */
import { untrack } from "svelte";
import type { Attachment } from "svelte/attachments";

const DELAY_MS = 450;

export interface TooltipText {
  text: string;
  shortcut?: string | undefined;
}

interface Shown extends TooltipText {
  anchor: DOMRect;
}

class TooltipState {
  shown = $state.raw<Shown | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(element: Element, content: TooltipText): void {
    this.hide();
    this.shown = { ...content, anchor: element.getBoundingClientRect() };
  }

  showSoon(element: Element, content: () => TooltipText): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.show(element, content()), DELAY_MS);
  }

  hide(): void {
    clearTimeout(this.#timer);
    this.shown = null;
  }
}

export const tooltipState = new TooltipState();

/** Shows `content` beside the element on hover and keyboard focus. */
export function tooltip(content: () => TooltipText): Attachment<HTMLElement> {
  return (element) => {
    const enter = () => tooltipState.showSoon(element, content);
    // An element that is taken away with the focus blurs in the middle of that.
    const leave = () => untrack(() => tooltipState.hide());
    const focus = () => {
      if (element.matches(":focus-visible")) tooltipState.show(element, content());
    };
    element.addEventListener("pointerenter", enter);
    element.addEventListener("pointerleave", leave);
    element.addEventListener("pointerdown", leave);
    element.addEventListener("focus", focus);
    element.addEventListener("blur", leave);
    return () => {
      leave();
      element.removeEventListener("pointerenter", enter);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("pointerdown", leave);
      element.removeEventListener("focus", focus);
      element.removeEventListener("blur", leave);
    };
  };
}
