/**
 * Models in an order that counts, while somebody changes it.
 *
 * The order itself belongs to whoever keeps it. This moves one of it, says where it stands
 * then, and leaves the hand where it was.
 */
import { tick } from "svelte";
import { nameOf, offered, sameModel } from "../chat/models.svelte";
import { m } from "../i18n";
import type { ModelRef, ModelView } from "../ipc";
import type { MenuEntry } from "../kit";

interface Order<Step> {
  steps: () => readonly Step[];
  models: () => readonly ModelView[];
  /** How many stand before the first step, which nobody moves. */
  before: () => number;
  make: (model: ModelRef) => Step;
  /** Keeps another order; false where it was not kept. */
  keep: (steps: Step[]) => Promise<boolean>;
}

export class Chain<Step extends { model: ModelRef }> {
  /** Where a step stands after it was moved, for those who do not see it. */
  said = $state("");
  /** Holds the steps' hands, in order. */
  element = $state<HTMLElement>();
  readonly #order: Order<Step>;

  constructor(order: Order<Step>) {
    this.#order = order;
  }

  viewOf(model: ModelRef): ModelView | undefined {
    return offered(this.#order.models(), model);
  }

  nameOf(model: ModelRef): string {
    return nameOf(this.#order.models(), model);
  }

  /** What can be added. */
  entries(): MenuEntry[] {
    const { steps, models, make, keep } = this.#order;
    const listed = (view: ModelView) => steps().some((step) => sameModel(step.model, view.model));
    return models()
      .filter((view) => !listed(view))
      .map((view) => ({
        kind: "item",
        label: `${view.label} · ${view.provider_label}`,
        icon: view.local ? "monitor" : "globe",
        onselect: () => void keep([...steps(), make(view.model)]),
      }));
  }

  async move(step: Step, by: -1 | 1): Promise<void> {
    const { steps, before, keep } = this.#order;
    const wanted = steps().filter((one) => one !== step);
    wanted.splice(steps().indexOf(step) + by, 0, step);
    if (!(await keep(wanted))) return;
    const place = steps().findIndex((one) => sameModel(one.model, step.model));

    const count = before() + steps().length;
    this.said = m.fallback_moved({
      model: this.nameOf(step.model),
      place: before() + place + 1,
      count,
    });
    await tick();
    const [up, down] = this.#hands(".move", place);
    const hands = by < 0 ? [up, down] : [down, up];
    hands.find((one) => one?.disabled === false)?.focus();
  }

  async remove(step: Step): Promise<void> {
    const { steps, keep } = this.#order;
    const place = steps().indexOf(step);
    if (!(await keep(steps().filter((one) => one !== step)))) return;
    await tick();
    const next = Math.min(place, steps().length - 1);
    this.#hands(".hands", next).at(-1)?.focus();
  }

  #hands(kind: ".move" | ".hands", place: number): HTMLButtonElement[] {
    const row = this.element?.querySelectorAll(kind)[place];
    return [...(row?.querySelectorAll("button") ?? [])];
  }
}
