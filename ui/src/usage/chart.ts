/**
 * A view of what was used, as bars that can be drawn: amounts and ticks.
 *
 * Knows no pixels and no words; `drawing.ts` and `words.ts` do.
 */
import type { UsageView } from "../ipc";

/** How many models have a colour of their own; the rest is one. */
const NAMED = 2;
/** A limit that is further above the bars would press them flat. */
const CAP_AT_MOST = 2;
const MOST_STEPS = 5;

/** What a bar is made of: a model, all the others, or simply answers. */
export type Series = { kind: "model"; label: string } | { kind: "others" } | { kind: "answers" };

export interface Bar {
  begins: number;
  when: "past" | "now" | "ahead";
  /** Of each series, in the order of `series`. */
  parts: number[];
  total: number;
  answers: number;
}

export interface Chart {
  /** Nano-dollars; answers where nothing cost anything. */
  measure: "cost" | "answers";
  series: Series[];
  bars: Bar[];
  /** From nothing up, in equal steps; the last is the top. */
  ticks: number[];
  /** What may be spent in each bar's time, where it is near enough to be shown. */
  cap: number | null;
}

type Amounts = Pick<UsageView, "bars" | "models" | "ends">;

/** The chart of a view; none where nothing was answered and nothing was spent. */
export function chartOf(view: Amounts, now: number, cap: number | null = null): Chart | null {
  const costly = view.bars.some(({ costs }) => costs.some((cost) => cost > 0));
  if (!costly && view.bars.every(({ answers }) => answers === 0)) return null;
  const { series, partsOf } = costly ? costSeries(view) : answerSeries();
  const current = view.bars.findLastIndex(({ begins }) => begins <= now);
  const running = now < view.ends;
  const bars = view.bars.map(({ begins, answers, costs }, at): Bar => {
    const parts = partsOf(costs, answers);
    const when = at > current ? "ahead" : at === current && running ? "now" : "past";
    return { begins, when, parts, total: sum(parts), answers };
  });
  const most = Math.max(...bars.map((one) => one.total));
  const near = costly && cap !== null && cap > 0 && cap <= most * CAP_AT_MOST ? cap : null;
  return {
    measure: costly ? "cost" : "answers",
    series,
    bars,
    ticks: niceTicks(Math.max(most, near ?? 0), costly ? 0 : 1),
    cap: near,
  };
}

function costSeries({ models, bars }: Amounts) {
  const costs = (at: number) => bars.some((bar) => (bar.costs[at] ?? 0) > 0);
  const places = models.map((_model, at) => at).filter(costs);
  const [named, rest] = [places.slice(0, NAMED), places.slice(NAMED)];
  const series: Series[] = named.map((at) => ({ kind: "model", label: models[at]?.label ?? "" }));
  if (rest.length > 0) series.push({ kind: "others" });
  const of = (bar: readonly number[]) => (at: number) => bar[at] ?? 0;
  const partsOf = (bar: readonly number[]) => [
    ...named.map(of(bar)),
    ...(rest.length > 0 ? [sum(rest.map(of(bar)))] : []),
  ];
  return { series, partsOf };
}

function answerSeries() {
  const series: Series[] = [{ kind: "answers" }];
  return { series, partsOf: (_costs: readonly number[], answers: number) => [answers] };
}

/**
 * Round amounts from nothing to at least `most`: steps of 1, 2 or 5 of a power of ten, at most
 * five of them, and none below `least`.
 */
export function niceTicks(most: number, least = 0): number[] {
  if (!(most > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(most / MOST_STEPS));
  const fitting = [1, 2, 5].map((one) => one * power).find((one) => most / one <= MOST_STEPS);
  const step = Math.max(least, fitting ?? 10 * power);
  const steps = Math.max(1, Math.ceil(most / step - 1e-9));
  return Array.from({ length: steps + 1 }, (_tick, at) => at * step);
}

const sum = (amounts: readonly number[]) => amounts.reduce((sofar, one) => sofar + one, 0);
