/**
 * Which heading element stands for which heading of a message.
 *
 * Models begin with any level and leave levels out; a page whose headings jump
 * is hard to walk through by ear. How a heading looks stays its own level.
 */
import type { Block } from "./tree";

export type Outline = ReadonlyMap<Block, number>;

/** The chat's title is the page's first level. */
const TITLE = 1;
const NONE: Outline = new Map();

/** Levels from 2 to 6: never more than one deeper than the heading before. */
export function outline(blocks: readonly Block[]): Outline {
  const levels = new Map<Block, number>();
  let before = TITLE;
  const walk = (inside: readonly Block[]) => {
    for (const block of inside) {
      if (block.kind === "quote") walk(block.blocks);
      else if (block.kind === "list") for (const item of block.items) walk(item.blocks);
      else if (block.kind === "heading") {
        before = Math.min(block.level + TITLE, before + 1, 6);
        levels.set(block, before);
      }
    }
  };
  walk(blocks);
  return levels.size === 0 ? NONE : levels;
}
