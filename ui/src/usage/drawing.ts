/**
 * Where each thing of a chart stands, in pixels.
 *
 * Takes widths of text as estimated: labels that would touch are left out, never the present one.
 */
import type { Chart } from "./chart";

/** Of a letter of the smallest text, generously. */
const LETTER = 7;
const GAP = 8;
const PLOT_HEIGHT = 142;
const LINE = 16;
const BAR_SHARE = 0.62;
const WIDEST_BAR = 40;
/** How high a day is that is still to come. */
const MARK = 1.5;

export interface Size {
  /** Of the whole chart. */
  width: number;
  /** Of the text: 1 to 1.5. */
  scale: number;
}

/** The words of a chart; those of bars in their order, empty for none. */
export interface Labels {
  bars: readonly string[];
  axis: (amount: number) => string;
}

export interface Block {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Part extends Block {
  /** The place of the series. */
  of: number;
  /** Nothing stands on it. */
  top: boolean;
}

export interface Drawing {
  height: number;
  /** The plot, between which the grid's lines go. */
  left: number;
  right: number;
  bottom: number;
  grid: { y: number; text: string }[];
  /** For each bar, all of the plot above its label, and what stands in it. */
  columns: (Block & { blocks: Part[]; mark: Block | null })[];
  labels: { x: number; text: string; now: boolean }[];
  cap: number | null;
  /** Above the present bar. */
  now: { x: number; y: number; total: number } | null;
}

export function drawing(chart: Chart, { width, scale }: Size, labels: Labels): Drawing {
  const letter = LETTER * scale;
  const line = LINE * scale;
  const axis = chart.ticks.map(labels.axis);
  const left = Math.ceil(Math.max(...axis.map((text) => text.length)) * letter) + GAP;
  const right = Math.max(left + 1, width - GAP);
  const top = line + GAP;
  const bottom = top + PLOT_HEIGHT;
  const most = chart.ticks.at(-1) ?? 0;
  const up = (amount: number) => (most === 0 ? bottom : bottom - (amount / most) * PLOT_HEIGHT);
  const step = (right - left) / Math.max(1, chart.bars.length);
  const thick = Math.max(1, Math.min(WIDEST_BAR * scale, step * BAR_SHARE));
  const middle = (at: number) => left + step * (at + 0.5);
  const column = (at: number) => ({ x: middle(at) - thick / 2, width: thick });

  const present = chart.bars.findIndex((one) => one.when === "now");
  const bar = chart.bars[present];
  return {
    height: bottom + line + GAP / 2,
    left,
    right,
    bottom,
    grid: chart.ticks.map((amount, at) => ({ y: up(amount), text: axis[at] ?? "" })),
    columns: chart.bars.map(({ parts, when }, at) => ({
      x: left + step * at,
      width: step,
      y: top,
      height: PLOT_HEIGHT,
      blocks: stacked(parts, up).map((block) => ({ ...column(at), ...block })),
      mark: when === "ahead" ? { ...column(at), y: bottom - MARK, height: MARK } : null,
    })),
    labels: fitting(labels.bars, present, middle, letter),
    cap: chart.cap === null ? null : up(chart.cap),
    now:
      bar && bar.total > 0 ? { x: middle(present), y: up(bar.total) - 6, total: bar.total } : null,
  };
}

/** The parts of one bar on each other, with a hair between them. */
function stacked(parts: readonly number[], up: (amount: number) => number) {
  let below = 0;
  const blocks = parts.flatMap((amount, of) => {
    if (amount <= 0) return [];
    const from = up(below);
    const hair = below > 0 ? 1 : 0;
    below += amount;
    const y = up(below);
    return [{ of, y, height: Math.max(0.5, from - y - hair), top: false }];
  });
  return blocks.map((block, at) => ({ ...block, top: at === blocks.length - 1 }));
}

/** The labels that do not touch: the present one first, then from the first on. */
function fitting(
  texts: readonly string[],
  present: number,
  middle: (at: number) => number,
  letter: number,
): Drawing["labels"] {
  const all = texts
    .map((text, at) => ({ at, text, x: middle(at), half: (text.length * letter) / 2 }))
    .filter((one) => one.text !== "");
  const wanted = [
    ...all.filter((one) => one.at === present),
    ...all.filter((one) => one.at !== present),
  ];
  const kept: typeof all = [];
  for (const one of wanted) {
    const free = kept.every(
      (other) => Math.abs(one.x - other.x) >= one.half + other.half + GAP / 2,
    );
    if (free) kept.push(one);
  }
  return kept
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, text, x }) => ({ x, text, now: at === present }));
}
