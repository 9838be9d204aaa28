/** The models that can be asked, as the picker searches them. */
import { m, spoken } from "../i18n";
import { asFailure, call } from "../ipc";
import type { Failure, ModelRef, ModelView } from "../ipc";
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

/** The list of models. */
export class Models {
  all = $state.raw<ModelView[]>([]);
  usual = $state.raw<ModelRef | null>(null);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);

  /** Reads the list; it is short and changes with the providers. */
  async load(): Promise<void> {
    try {
      const { models, usual } = await call("list_models");
      this.all = models;
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

  /** What will be asked where this model was chosen, or nothing was. */
  effective(chosen: ModelRef | null): ModelView | null {
    return (
      this.find(chosen ?? this.usual) ??
      this.find(this.usual) ??
      this.all.find((each) => each.unavailable === null) ??
      null
    );
  }
}
