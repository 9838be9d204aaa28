/**
 * What a chat's text counts as, and where text of a class may go, in words.
 *
 * Decides nothing: which classes a model or route may receive is the core's answer. Here
 * it is read from the list, so that a refusal is seen before it is sent.
 */
import { m, spoken } from "../i18n";
import type { DataClass, Failure, ModelView, Region } from "../ipc";
import type { IconName } from "../kit";
import type { DeskScene } from "./context";
import { type Offered, keyOf } from "./targets";

interface Words {
  name: () => string;
  /** What such text is. */
  detail: () => string;
  notFor: () => string;
  icon: IconName;
}

const WORDS: Record<DataClass, Words> = {
  public: {
    name: m.class_public,
    detail: m.class_public_detail,
    notFor: m.class_not_for_public,
    icon: "globe",
  },
  internal: {
    name: m.class_internal,
    detail: m.class_internal_detail,
    notFor: m.class_not_for_internal,
    icon: "building",
  },
  confidential: {
    name: m.class_confidential,
    detail: m.class_confidential_detail,
    notFor: m.class_not_for_confidential,
    icon: "shield",
  },
  restricted: {
    name: m.class_restricted,
    detail: m.class_restricted_detail,
    notFor: m.class_not_for_restricted,
    icon: "eye-off",
  },
};

/** From the lowest to the highest. */
export const CLASSES: readonly DataClass[] = ["public", "internal", "confidential", "restricted"];

export const isClass = (text: string): text is DataClass => CLASSES.some((one) => one === text);

export const isAbove = (one: DataClass, other: DataClass) =>
  CLASSES.indexOf(one) > CLASSES.indexOf(other);

export const className = (of: DataClass) => WORDS[of].name();
export const classDetail = (of: DataClass) => WORDS[of].detail();
export const classIcon = (of: DataClass) => WORDS[of].icon;

/** The classes as the choices of a list. */
export const classOptions = () =>
  CLASSES.map((value) => ({ value, label: className(value), detail: classDetail(value) }));

/** "EU", "EU-WEST": a region as people write it. */
export const regionName = (region: Region) => region.toUpperCase();

/** The models that text of a class may be sent to. */
export function receiving(models: readonly ModelView[], of: DataClass): ModelView[] {
  return models.filter((one) => one.unavailable === null && one.classes.includes(of));
}

/** Of more than three so many are named, and the others counted. */
const NAMED = 2;

/** "gpt-4o, Claude Sonnet, and 2 more". */
export function namesOf(models: readonly ModelView[]): string {
  const shown = models.length > NAMED + 1 ? models.slice(0, NAMED) : models;
  const rest = models.length - shown.length;
  const names = shown.map((one) => one.label);
  return new Intl.ListFormat(spoken.current, { type: "conjunction" }).format(
    rest === 0 ? names : [...names, m.class_more({ count: rest })],
  );
}

/** "3 models: gpt-4o, …", "This machine only: …", or that no model may receive it. */
export function whereText(models: readonly ModelView[], of: DataClass): string {
  const found = receiving(models, of);
  if (found.length === 0) return m.class_where_nowhere();
  if (found.every((one) => one.local)) return m.class_where_here({ models: namesOf(found) });
  return found.length === 1
    ? m.class_where_one({ models: namesOf(found) })
    : m.class_where({ count: found.length, models: namesOf(found) });
}

/** "this machine only", "EU only", "EU or this machine": where all are that may receive it. */
export function boundsText(models: readonly ModelView[], of: DataClass): string | null {
  const found = receiving(models, of);
  if (found.length === 0) return null;
  const far = found.filter((one) => !one.local);
  if (far.length === 0) return m.class_only_here();
  const [first, ...others] = new Set(far.flatMap((one) => one.regions));
  const one = others.length === 0 && far.every(({ regions }) => regions.length > 0);
  if (first === undefined || !one) return null;
  const words = { region: regionName(first) };
  return far.length < found.length ? m.class_region_or_here(words) : m.class_only_region(words);
}

/** What the text of the open chat counts as; none while that is not known. */
export function classHere({ chat, models }: Pick<DeskScene, "chat" | "models">): DataClass | null {
  return chat.summary?.class ?? chat.newClass ?? models.usualClass;
}

/** Who was chosen for the open chat and may not receive its text. */
export interface Barred {
  asked: Offered;
  of: DataClass;
  /** The same words for the same refusal. */
  key: string;
}

export function barredHere(here: Pick<DeskScene, "chat" | "models">): Barred | null {
  const of = classHere(here);
  const asked = here.models.effective(here.chat.chosen);
  if (of === null || asked === null || isFor(asked, of)) return null;
  return { asked, of, key: `${keyOf(asked.target)} ${of}` };
}

const viewOf = (asked: Offered) => (asked.kind === "model" ? asked.model : asked.route);

/** Whoever may not be asked at all is refused for another reason. */
const isFor = (asked: Offered, of: DataClass) =>
  viewOf(asked).unavailable !== null || viewOf(asked).classes.includes(of);

/** Why who was chosen does not get the text, in a sentence. */
export function barredText({ asked, of }: Barred, models: readonly ModelView[]): string {
  const words = { class: className(of) };
  if (receiving(models, of).length === 0) return m.class_barred_nobody(words);
  if (asked.kind === "route") return m.class_barred_route({ ...words, route: asked.label });
  const { accepts, label: model } = asked.model;
  return isAbove(of, accepts)
    ? m.class_barred({ ...words, model, most: className(accepts) })
    : m.class_barred_rules({ ...words, model });
}

/** "Not for confidential text", and why, in a list of models; none for who may receive it. */
export function notForText(asked: Offered, of: DataClass | null): string | null {
  if (of === null || isFor(asked, of)) return null;
  return `${WORDS[of].notFor()}. ${whyText(asked, of)}`;
}

function whyText(asked: Offered, of: DataClass): string {
  if (asked.kind === "route") return m.class_route_none();
  const { accepts } = asked.model;
  return isAbove(of, accepts)
    ? m.class_at_most({ most: className(accepts) })
    : m.class_rules_deny();
}

/** A rule of this name keeps text from those who may not receive its class. */
export const isClassRule = (id: string) => id.startsWith("builtin.class");

/** Why the core refused, where a data class is the reason; none for other refusals. */
export function refusalText(
  { rule_ids: rules, denied }: Failure,
  here: Pick<DeskScene, "chat" | "models">,
): string | null {
  if (!rules.some(isClassRule)) return null;
  const of = denied?.class ?? classHere(here);
  const model = denied?.row?.kind === "model" ? here.models.find(denied.row.model) : null;
  if (of === null || model === null || !isAbove(of, model.accepts)) return m.class_keeps();
  return m.class_provider_at_most({ most: className(model.accepts), class: className(of) });
}
