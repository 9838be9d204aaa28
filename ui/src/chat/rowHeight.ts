/**
 * How high a message that was not measured yet may be, in pixels.
 *
 * Without a guess the list takes every row for one line, draws all that was
 * loaded to fill the window, and a chat of long answers takes seconds to open.
 */
import type { Row } from "./transcript.svelte";

/** Characters in a line of the reading column. */
const LINE = 88;
const LINE_HEIGHT = 25;
/** What stands around the text: margins and the row of actions. */
const AROUND = 56;
/** A pasted file is folded, and one guess holds for all rows. */
const MOST = 4000;
/** Before anything is loaded. */
const USUAL = 120;

/** The mean height of the rows that are loaded. */
export function rowHeight(rows: readonly Row[]): number {
  const heights = rows
    .filter((row) => row !== null)
    .map(({ message }) => AROUND + LINE_HEIGHT * Math.ceil((message.text.length + 1) / LINE));
  if (heights.length === 0) return USUAL;
  const mean = heights.reduce((sum, height) => sum + height, 0) / heights.length;
  return Math.round(Math.min(mean, MOST));
}
