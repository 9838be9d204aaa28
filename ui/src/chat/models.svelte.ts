/** The models and routes that can be asked, as the picker searches them. */
import { clockTime, daysBefore, m, moment, spoken } from "../i18n";
import { asFailure, call } from "../ipc";
import type { DataClass, Failure, ModelRef, ModelView, RouteView, Target } from "../ipc";
import { type Offered, offeredModel, offeredRoute } from "./targets";
import { dollars } from "./words";

/** Whether two references name the same model. */
export function sameModel(one: ModelRef | null, other: ModelRef | null): boolean {
  return one?.provider === other?.provider && one?.model === other?.model;
}

/** A model among those that can be asked. */
export function offered(models: readonly ModelView[], model: ModelRef): ModelView | undefined {
  return models.find((view) => sameModel(view.model, model));
}

/** What people call a model; its own name where it is not offered. */
export function nameOf(models: readonly ModelView[], model: ModelRef): string {
  return offered(models, model)?.label ?? model.model;
}

/** "128K": a number of tokens in a few letters. */
export function compact(tokens: number): string {
  return new Intl.NumberFormat(spoken.current, { notation: "compact" }).format(tokens);
}

/** What a million tokens cost: "$2.50 in · $10.00 out", "free", or that nobody knows. */
export function priceOf({ price }: Pick<ModelView, "price">): string {
  if (price === null) return m.chat_model_unpriced();
  if (price.input === 0 && price.output === 0) return m.chat_cost_free();
  return m.chat_model_price({ input: dollars(price.input), output: dollars(price.output) });
}

/** Why a model would not answer now, in a few words; the failure's own text says more. */
export function troubleOf({ code, retry_at: until }: Failure, now = Date.now()): string {
  if (code === "limit_reached")
    return until === null
      ? m.chat_model_blocked()
      : m.chat_model_limited({ time: soon(until, now) });
  if (code === "bad_key") return m.chat_model_key_refused();
  return until === null
    ? m.chat_model_resting()
    : m.chat_model_resting_until({ when: soon(until, now) });
}

/** The time of the clock, with the day where it is another one. */
function soon(ms: number, now: number): string {
  return daysBefore(ms, now) === 0 ? clockTime(ms) : moment(ms);
}

/** Models whose label, name or provider hold every word. */
export function matching(models: ModelView[], query: string): ModelView[] {
  const words = query.trim().toLowerCase().split(/\s+/);
  return models.filter(({ label, provider_label, model }) => {
    const text = `${label} ${provider_label} ${model.model}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What can be asked. */
export class Models {
  all = $state.raw<ModelView[]>([]);
  routes = $state.raw<RouteView[]>([]);
  usual = $state.raw<Target | null>(null);
  /** What the text of new chats counts as; none until that was read. */
  usualClass = $state.raw<DataClass | null>(null);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Reads the lists; they are short and change with the providers. */
  async load(): Promise<void> {
    try {
      const [{ models, usual, usual_class: usualClass }, { routes }] = await Promise.all([
        call("list_models"),
        call("list_routes"),
      ]);
      this.all = models;
      this.routes = routes;
      this.usual = usual;
      this.usualClass = usualClass;
      this.failure = null;
      this.loaded = true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** A model of the list. */
  find(model: ModelRef | null): ModelView | null {
    return model && (offered(this.all, model) ?? null);
  }

  /** A model that answers without a connection. */
  nearby(): ModelView | null {
    return this.all.find((each) => each.local && each.unavailable === null) ?? null;
  }

  /** A target, where it is offered. */
  offered(target: Target | null): Offered | null {
    if (target === null) return null;
    if (target.kind === "model") {
      const model = this.find(target.model);
      return model && offeredModel(model);
    }
    const route = this.routes.find((each) => each.id === target.route);
    return route ? offeredRoute(route) : null;
  }

  /** Whom a question goes to where this was chosen, or nothing was. */
  effective(chosen: Target | null): Offered | null {
    const first = this.all.find((each) => each.unavailable === null);
    return this.offered(chosen) ?? this.offered(this.usual) ?? (first ? offeredModel(first) : null);
  }
}
