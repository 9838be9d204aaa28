/**
 * Text fields as high as their text, up to their `max-height`.
 *
 * Text that was only added to is measured as the field stands, so that a key
 * does not move everything above it twice. Long text is not measured: it has
 * the full height anyway, and measuring 20,000 lines would freeze the window.
 */
import type { Attachment } from "svelte/attachments";

const SURELY_FULL = 6000;

/** Keeps the field's height with the text. */
export function fitted(text: () => string): Attachment<HTMLTextAreaElement> {
  let before: string | null = null;
  return (field) => {
    const now = text();
    const grew = before !== null && before !== "" && now.startsWith(before);
    before = now;
    if (now.length > SURELY_FULL) {
      field.style.height = "100vh";
      field.style.overflowY = "auto";
      return;
    }
    if (!grew) field.style.height = "auto";
    const needed = field.scrollHeight;
    if (!grew || needed > field.clientHeight) field.style.height = `${needed}px`;
    const hidden = needed > field.clientHeight + 1;
    field.style.overflowY = hidden ? "auto" : "hidden";
  };
}
