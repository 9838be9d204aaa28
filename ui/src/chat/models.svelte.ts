/** The models and routes that can be asked, as the picker searches them. */
import { m, spoken } from "../i18n";
import { asFailure, call } from "../ipc";
import type { Failure, ModelRef, ModelView, RouteView, Target } from "../ipc";
import { type Offered, offeredModel, offeredRoute } from "./targets";
import { dollars } from "./words";

/** Whether two references name the same model. */
export function sameModel(one: ModelRef | null, other: ModelRef | null): boolean {
  return one?.provider === other?.provider && one?.model === other?.model;
}

/** What a model can do and costs, in one line; empty where nothing is known. */
export function factsOf(model: ModelView): string {
  const number = new Intl.NumberFormat(spoken.current, { notation: "compact" });
  const facts: string[] = [];
  if (model.price !== null && !model.local)
    facts.push(
      m.chat_model_price({
        input: dollars(model.price.input),
        output: dollars(model.price.output),
      }),
    );
  else if (!model.local) facts.push(m.chat_model_unpriced());
  if (model.context !== null)
    facts.push(m.chat_model_context({ tokens: number.format(model.context) }));
  if (model.images) facts.push(m.chat_model_images());
  if (model.reasoning) facts.push(m.chat_model_reasoning());
  return facts.join(" · ");
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
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Reads the lists; they are short and change with the providers. */
  async load(): Promise<void> {
    try {
      const [{ models, usual }, { routes }] = await Promise.all([
        call("list_models"),
        call("list_routes"),
      ]);
      this.all = models;
      this.routes = routes;
      this.usual = usual;
      this.failure = null;
      this.loaded = true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  /** A model of the list. */
  find(model: ModelRef | null): ModelView | null {
    return this.all.find((each) => sameModel(each.model, model)) ?? null;
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
