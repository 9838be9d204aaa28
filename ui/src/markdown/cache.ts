/** Trees of messages that were drawn before: leaving and entering the view parses nothing. */
import type { Message } from "../ipc";
import { parse } from "./parse";
import type { Block } from "./tree";

const trees = new WeakMap<Message, Block[]>();

/** The tree of a stored message. */
export function treeOf(message: Message): Block[] {
  const known = trees.get(message);
  if (known !== undefined) return known;
  const tree = parse(message.text);
  trees.set(message, tree);
  return tree;
}

/** Keeps the tree that streaming ended with, so that settling redraws nothing. */
export function remember(message: Message, tree: Block[]): void {
  trees.set(message, tree);
}
