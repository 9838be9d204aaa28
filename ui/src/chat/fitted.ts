/**
 * Text fields as high as their text, up to their `max-height`.
 *
 * Long text is not measured: it has the full height anyway, and measuring
 * 20,000 lines would freeze the window.
 */
import type { Attachment } from "svelte/attachments";

const SURELY_FULL = 6000;

/** Keeps the field's height with the text. */
export function fitted(text: () => string): Attachment<HTMLTextAreaElement> {
  return (field) => {
    const long = text().length > SURELY_FULL;
    field.style.height = "auto";
    field.style.height = long ? "100vh" : `${field.scrollHeight}px`;
    field.style.overflowY = long || field.scrollHeight > field.clientHeight + 1 ? "auto" : "hidden";
  };
}
