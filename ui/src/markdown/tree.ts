/**
 * The shape of a rendered message: a small closed tree, and nothing else.
 *
 * Markdown becomes this tree and components draw it node by node. What has no
 * node here (raw HTML, scripts, remote images) can not reach the page.
 */

/** A piece of running text. */
export type Inline =
  | { kind: "text"; text: string }
  | { kind: "strong"; children: Inline[] }
  | { kind: "emphasis"; children: Inline[] }
  | { kind: "deleted"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "math"; source: string; display: boolean }
  | { kind: "break" }
  /** `href` passed the address check; `told` is the host, where the label claims another one. */
  | { kind: "link"; href: string; told: string | null; children: Inline[] }
  /** An address that must not be opened: it stays readable. */
  | { kind: "refused"; address: string; children: Inline[] }
  /** Never fetched; `href` is null where the address must not be opened. */
  | { kind: "image"; href: string | null; address: string; label: string };

/** How a table column is set. */
export type Align = "start" | "center" | "end";

/** One point of a list. */
export interface ListItem {
  /** Ticked, open, or no task at all. */
  task: boolean | null;
  blocks: Block[];
}

/** A piece of the page. */
export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; level: 1 | 2 | 3 | 4 | 5 | 6; children: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "math"; source: string }
  | { kind: "quote"; blocks: Block[] }
  | { kind: "list"; start: number | null; tight: boolean; items: ListItem[] }
  | { kind: "table"; align: Align[]; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" }
  /** Text shown exactly as written: raw HTML, and what was too tangled to parse. */
  | { kind: "plain"; text: string };
