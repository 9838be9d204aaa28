/**
 * A route that is being added or changed.
 *
 * What was typed stays text until it is sent: a problem is named beside its
 * field. Models that are not offered any more are shown and left out.
 */
import { offered } from "../chat/models.svelte";
import { m } from "../i18n";
import { call } from "../ipc";
import type { ModelRef, ModelView, RouteStep, RouteView, Strategy } from "../ipc";

export const STRATEGIES: readonly Strategy[] = [
  "ordered",
  "weighted",
  "least_latency",
  "least_busy",
  "cheapest",
];

export function strategyName(strategy: Strategy): string {
  switch (strategy) {
    case "ordered":
      return m.route_ordered();
    case "weighted":
      return m.route_weighted();
    case "least_latency":
      return m.route_least_latency();
    case "least_busy":
      return m.route_least_busy();
    case "cheapest":
      return m.route_cheapest();
  }
}

export function strategyHelp(strategy: Strategy): string {
  switch (strategy) {
    case "ordered":
      return m.route_ordered_help();
    case "weighted":
      return m.route_weighted_help();
    case "least_latency":
      return m.route_least_latency_help();
    case "least_busy":
      return m.route_least_busy_help();
    case "cheapest":
      return m.route_cheapest_help();
  }
}

/** Whether a candidate's weight changes who is asked. */
export function weighs(strategy: Strategy): boolean {
  return strategy === "weighted" || strategy === "least_busy";
}

/** A whole number within bounds; null where it is none. */
function whole(text: string, least: number, most: number): number | null {
  const typed = text.trim().replaceAll(/[\s’',.]/gu, "");
  const number = /^\d{1,7}$/.test(typed) ? Number(typed) : NaN;
  return number >= least && number <= most ? number : null;
}

/** "0.7" or "0,7" in hundredths; null where it is no temperature. */
function hundredths(text: string): number | null {
  const typed = text.trim().replace(",", ".");
  if (!/^\d(\.\d{1,2})?$/.test(typed)) return null;
  const number = Math.round(Number(typed) * 100);
  return number <= 200 ? number : null;
}

/** One candidate while it is edited. */
export class StepDraft {
  readonly model: ModelRef;
  weight = $state("1");
  longest = $state("");
  temperature = $state("");
  /** Its fields are shown. */
  open = $state(false);

  constructor({ model, weight, max_output: longest, temperature }: RouteStep) {
    this.model = model;
    this.weight = String(weight);
    this.longest = longest == null ? "" : String(longest);
    this.temperature = temperature == null ? "" : String(temperature / 100);
    this.open = this.longest !== "" || this.temperature !== "";
  }

  static of(this: void, model: ModelRef): StepDraft {
    return new StepDraft({ model, weight: 1 });
  }

  get weightProblem(): string {
    return whole(this.weight, 0, 1000) === null ? m.route_weight_problem() : "";
  }
  get longestProblem(): string {
    const wrong = this.longest.trim() !== "" && whole(this.longest, 256, 1_000_000) === null;
    return wrong ? m.route_longest_problem() : "";
  }
  get temperatureProblem(): string {
    const wrong = this.temperature.trim() !== "" && hundredths(this.temperature) === null;
    return wrong ? m.route_temperature_problem() : "";
  }

  /** What is wrong in the fields that can be closed. */
  get problems(): string[] {
    return [this.longestProblem, this.temperatureProblem];
  }

  step(): RouteStep {
    const longest = whole(this.longest, 256, 1_000_000);
    const temperature = hundredths(this.temperature);
    return {
      model: this.model,
      weight: whole(this.weight, 0, 1000) ?? 1,
      ...(longest === null ? {} : { max_output: longest }),
      ...(temperature === null ? {} : { temperature }),
    };
  }
}

/** Which of a route's lists. */
export type ListName = "candidates" | "on_overflow" | "on_refusal";

export class RouteForm {
  readonly known: RouteView | null;
  readonly #models: readonly ModelView[];
  name = $state("");
  strategy = $state<Strategy>("ordered");
  lists = $state.raw<Record<ListName, StepDraft[]>>({
    candidates: [],
    on_overflow: [],
    on_refusal: [],
  });
  makeUsual = $state(false);

  constructor(known: RouteView | null, models: readonly ModelView[], usual: boolean) {
    this.known = known;
    this.#models = models;
    this.makeUsual = usual;
    if (!known) return;
    this.name = known.name;
    this.strategy = known.strategy;
    const drafts = (steps: RouteStep[]) => steps.map((step) => new StepDraft(step));
    this.lists = {
      candidates: drafts(known.candidates),
      on_overflow: drafts(known.on_overflow),
      on_refusal: drafts(known.on_refusal),
    };
  }

  get nameProblem(): string {
    return this.name.trim() === "" ? m.route_name_missing() : "";
  }
  get listProblem(): string {
    return this.#offered("candidates").length === 0 ? m.route_models_missing() : "";
  }
  /** What is wrong with the steps' own terms. */
  get stepProblems(): string[] {
    const { candidates, on_overflow: larger, on_refusal: lenient } = this.lists;
    const weights = weighs(this.strategy) ? candidates.map((draft) => draft.weightProblem) : [];
    const terms = [...candidates, ...larger, ...lenient].flatMap((draft) => draft.problems);
    return [...weights, ...terms];
  }
  /** Opens what is closed over a problem, so that it can be seen. */
  showProblems(): void {
    for (const drafts of Object.values(this.lists))
      for (const draft of drafts) if (draft.problems.some(Boolean)) draft.open = true;
  }

  put(list: ListName, steps: StepDraft[]): Promise<boolean> {
    this.lists = { ...this.lists, [list]: steps };
    return Promise.resolve(true);
  }

  async save(): Promise<RouteView> {
    const steps = (list: ListName) => this.#offered(list).map((draft) => draft.step());
    return call("save_route", {
      id: this.known?.id ?? null,
      name: this.name.trim(),
      strategy: this.strategy,
      candidates: steps("candidates"),
      on_overflow: steps("on_overflow"),
      on_refusal: steps("on_refusal"),
      make_usual: this.makeUsual,
    });
  }

  #offered(list: ListName): StepDraft[] {
    return this.lists[list].filter(({ model }) => offered(this.#models, model));
  }
}
