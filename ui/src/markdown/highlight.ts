/**
 * Colours for code, from lowlight's syntax tree.
 *
 * The highlighter is loaded when the first code block is drawn. Its tree is
 * flattened to runs of text with one of five inks; its class names stay here.
 */
import type { LanguageFn } from "highlight.js";

/** The inks of `tokens.css`: keyword, string, number, function, comment. */
export type Ink = "kw" | "str" | "num" | "fn" | "com";

/** A stretch of code in one ink. */
export interface Run {
  text: string;
  ink: Ink | null;
}

/** Longer code keeps one ink; colouring it would be felt. */
const LONGEST = 60_000;

const INKS: Record<string, Ink> = {
  keyword: "kw",
  built_in: "kw",
  type: "kw",
  literal: "num",
  "selector-tag": "kw",
  section: "kw",
  meta: "kw",
  operator: "kw",
  tag: "kw",
  name: "kw",
  string: "str",
  regexp: "str",
  "selector-attr": "str",
  "selector-pseudo": "str",
  addition: "str",
  link: "str",
  char: "str",
  number: "num",
  symbol: "num",
  bullet: "num",
  "template-variable": "num",
  attr: "num",
  attribute: "num",
  deletion: "num",
  title: "fn",
  "selector-id": "fn",
  "selector-class": "fn",
  function: "fn",
  class: "fn",
  comment: "com",
  quote: "com",
  doctag: "com",
};

interface TreeNode {
  type: string;
  value?: string;
  properties?: { className?: unknown };
  children?: TreeNode[];
}

function inkOf(node: TreeNode, outer: Ink | null): Ink | null {
  const names = node.properties?.className;
  if (!Array.isArray(names)) return outer;
  for (const name of names) {
    const ink = typeof name === "string" ? INKS[name.replace(/^hljs-/, "")] : undefined;
    if (ink !== undefined) return ink;
    // Code inside a string is code again.
    if (name === "hljs-subst") return null;
  }
  return outer;
}

function flatten(node: TreeNode, outer: Ink | null, runs: Run[]): void {
  if (node.type === "text") {
    const last = runs.at(-1);
    if (last !== undefined && last.ink === outer) last.text += node.value ?? "";
    else if (node.value) runs.push({ text: node.value, ink: outer });
    return;
  }
  const ink = inkOf(node, outer);
  for (const child of node.children ?? []) flatten(child, ink, runs);
}

interface Highlighter {
  registered(language: string): boolean;
  highlight(language: string, text: string): TreeNode;
}

let loading: Promise<Highlighter> | undefined;

async function load(): Promise<Highlighter> {
  const { common, createLowlight } = await import("lowlight");
  const grammars: Record<string, LanguageFn> = common;
  return createLowlight(grammars);
}

/** The coloured runs, or null where the language is unknown or the code too long. */
export async function highlight(language: string, text: string): Promise<Run[] | null> {
  if (language === "" || text.length > LONGEST) return null;
  loading ??= load();
  const highlighter = await loading;
  const name = language.toLowerCase();
  if (!highlighter.registered(name)) return null;
  const runs: Run[] = [];
  flatten(highlighter.highlight(name, text), null, runs);
  return runs;
}
