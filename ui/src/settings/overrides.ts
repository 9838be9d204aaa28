/** An admin's own values for a model, as a form holds them. */
import { spoken } from "../i18n";
import type { CatalogueRow, MillionPrice, Override, PriceOverride } from "../ipc";

export type PriceKind = PriceOverride["kind"];
export type Ability = "images" | "tools" | "reasoning" | "structured";
/** What an admin says of an ability. */
export type Say = "listed" | "yes" | "no";

export const ABILITIES: readonly Ability[] = ["images", "tools", "reasoning", "structured"];

/** Ten thousand dollars for a million tokens, in nano-dollars; no model costs more. */
const MOST = 10_000_000_000_000;
const NANO = 1_000_000_000;
const MOST_CONTEXT = 1_000_000_000;

export interface Typed {
  kind: PriceKind;
  input: string;
  output: string;
  /** May be empty: as input. */
  cached: string;
  write: string;
  /** May be empty: as listed. */
  context: string;
  says: Record<Ability, Say>;
}

/**
 * Dollars for a million tokens as nano-dollars; null where the text is no price. Takes a point
 * or a comma and at most six places.
 */
export function typedPrice(typed: string): number | null {
  const parts = /^\$?(\d{1,5})(?:[.,](\d{1,6}))?$/.exec(typed.trim());
  if (!parts) return null;
  const nano = Number(parts[1]) * NANO + Number((parts[2] ?? "").padEnd(9, "0"));
  return nano <= MOST ? nano : null;
}

/** Nano-dollars as they are typed: "2.5", "0.075", with a comma in German. */
export function priceTyped(nano: number): string {
  const parts = new Intl.NumberFormat(spoken.current).formatToParts(0.5);
  const mark = parts.find((part) => part.type === "decimal")?.value ?? ".";
  const part = String(nano % NANO)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${Math.floor(nano / NANO)}${part && `${mark}${part}`}`;
}

/** A number of tokens; null where the text is none. Marks between the thousands are read over. */
export function typedContext(typed: string): number | null {
  const digits = typed.trim().replaceAll(/(?<=\d)[\s.,’'](?=\d{3}(?:\D|$))/gu, "");
  const count = /^\d{1,10}$/.test(digits) ? Number(digits) : 0;
  return count >= 1 && count <= MOST_CONTEXT ? count : null;
}

/** The form of a row: an admin's own values, and the list's where a price is begun anew. */
export function typedOf({ own, listed }: CatalogueRow): Typed {
  const price = own?.price.kind === "set" ? own.price.price : listed.price;
  const shown = (nano: number | null | undefined) => (nano == null ? "" : priceTyped(nano));
  const say = (value: boolean | null | undefined): Say =>
    value == null ? "listed" : value ? "yes" : "no";
  return {
    kind: own?.price.kind ?? "listed",
    input: shown(price?.input),
    output: shown(price?.output),
    cached: shown(price?.cached),
    write: shown(price?.write),
    context: own?.context == null ? "" : String(own.context),
    says: {
      images: say(own?.images),
      tools: say(own?.tools),
      reasoning: say(own?.reasoning),
      structured: say(own?.structured),
    },
  };
}

/** Which fields hold no price or number. */
export function wrongFields(typed: Typed): Set<keyof Typed> {
  const wrong = new Set<keyof Typed>();
  if (typed.kind === "set") {
    for (const field of ["input", "output"] as const)
      if (typedPrice(typed[field]) === null) wrong.add(field);
    for (const field of ["cached", "write"] as const)
      if (typed[field].trim() !== "" && typedPrice(typed[field]) === null) wrong.add(field);
  }
  if (typed.context.trim() !== "" && typedContext(typed.context) === null) wrong.add("context");
  return wrong;
}

/** The values as the core takes them; of a form without wrong fields. */
export function ownOf(typed: Typed): Override {
  const value = (ability: Ability) => {
    const says = typed.says[ability];
    return says === "listed" ? null : says === "yes";
  };
  return {
    price: priceOf(typed),
    context: typed.context.trim() === "" ? null : typedContext(typed.context),
    images: value("images"),
    tools: value("tools"),
    reasoning: value("reasoning"),
    structured: value("structured"),
  };
}

function priceOf(typed: Typed): PriceOverride {
  if (typed.kind !== "set") return { kind: typed.kind };
  const price: MillionPrice = {
    input: typedPrice(typed.input) ?? 0,
    output: typedPrice(typed.output) ?? 0,
    cached: typedPrice(typed.cached),
    write: typedPrice(typed.write),
  };
  return { kind: "set", price };
}
