/**
 * What a message may cost and what is left, in words.
 *
 * A price is rounded up and what is left down, so that neither promises too much. A price
 * that is not known is never nothing.
 */
import { leftOf, ownLeft, ownScope, poolOf } from "../access/standing";
import { amountText, sentence } from "../access/words";
import { ahead, m, spoken } from "../i18n";
import type { Estimated, EstimatedModel, LimitMeasure, LimitStanding, UnixMs } from "../ipc";
import { dollars } from "./words";

const CENT = 10_000_000;

/** Cents; of small amounts a tenth or a hundredth of one. */
function stepOf(nano: number): number {
  if (nano >= 10 * CENT) return CENT;
  return nano >= CENT ? CENT / 10 : CENT / 100;
}

/** "$0.044": no less than it is. */
export function atMost(nano: number): string {
  const step = stepOf(nano);
  return dollars(Math.ceil(nano / step) * step);
}

/** "$1.21": no more than it is. */
export function atLeast(nano: number): string {
  const step = stepOf(nano);
  return dollars(Math.floor(nano / step) * step);
}

/** "up to $0.04", "free", "price not known". */
export function priceText({ up_to: nano }: Pick<Estimated, "up_to">): string {
  if (nano === null) return m.price_unknown();
  return nano === 0 ? m.chat_cost_free() : m.price_up_to({ amount: atMost(nano) });
}

/** The same of one model among others: "$0.04". */
export function modelPrice({ up_to: nano }: Pick<EstimatedModel, "up_to">): string {
  return nano === null || nano === 0 ? priceText({ up_to: nano }) : atMost(nano);
}

/** Whether it may cost more than is left. */
export function exceeds(price: Estimated | null, left: LimitStanding | null): boolean {
  return left !== null && (price?.up_to ?? 0) > leftOf(left);
}

/** "+ $20.00 pool": what may be drawn on after one's own; null where there is no such thing. */
export function andPool(standing: LimitStanding): string | null {
  const pool = poolOf(standing);
  if (pool === null || ownLeft(standing) === 0) return null;
  return m.price_and_pool({ amount: atLeast(ownLeft(pool)) });
}

/** "$1.21 left today"; once one's own is used up "$20.00 left in the pool". */
export function leftText(standing: LimitStanding): string {
  const pool = poolOf(standing);
  if (pool !== null && ownLeft(standing) === 0 && ownLeft(pool) > 0)
    return m.price_left_pool({ amount: atLeast(ownLeft(pool)) });
  const amount = atLeast(ownLeft(standing));
  switch (spanOf(standing.limit.measure)) {
    case "minute":
      return m.price_left_minute({ amount });
    case "hour":
      return m.price_left_hour({ amount });
    case "day":
      return m.price_left_day({ amount });
    case "month":
      return m.price_left_month({ amount });
    case null:
      return amount;
  }
}

/** "Today’s $4.00 is spent, and so is the pool": nothing is left of a limit. */
export function spentText(standing: LimitStanding): string {
  const spent = ownSpentText(standing);
  return poolOf(standing) === null ? spent : m.price_spent_pool({ spent });
}

function ownSpentText({ limit: { measure, most } }: LimitStanding): string {
  const amount = amountText(measure, most);
  switch (spanOf(measure)) {
    case "minute":
      return m.price_spent_minute({ amount });
    case "hour":
      return m.price_spent_hour({ amount });
    case "month":
      return m.price_spent_month({ amount });
    case "day":
    case null:
      return m.price_spent_day({ amount });
  }
}

/** "9,600 tokens in, 2,000 out at most.": of the one that may cost the most. */
export function tokensAtMost({ models, up_to }: Estimated): string {
  const one = models.find((model) => up_to !== null && model.up_to === up_to) ?? models[0];
  const number = new Intl.NumberFormat(spoken.current);
  const [input, output] = [number.format(one?.input ?? 0), number.format(one?.output ?? 0)];
  return m.price_tokens({ input, output });
}

/** "Today", "November": when a limit counts; what it counts, where that has no time. */
export function fundName({ limit }: LimitStanding, now: UnixMs): string {
  switch (spanOf(limit.measure)) {
    case "minute":
      return m.price_this_minute();
    case "hour":
      return m.price_this_hour();
    case "day":
      return m.price_today();
    case "month":
      return new Intl.DateTimeFormat(spoken.current, { month: "long" }).format(now);
    case null:
      return sentence(amountText(limit.measure, limit.most));
  }
}

/** What is left of a limit without its pool, and of how much: "$1.21", "of $4.00 left". */
export function fundFigures(standing: LimitStanding): [left: string, most: string] {
  const { measure, most } = standing.limit;
  const left = ownLeft(standing);
  const count = new Intl.NumberFormat(spoken.current).format(left);
  return [
    measure.kind === "money" ? atLeast(left) : count,
    m.price_of_most({ most: amountText(measure, most) }),
  ];
}

/** "For everybody together. Runs out first. Starts again at midnight." */
export function fundNote(standing: LimitStanding, binds: boolean, now: UnixMs): string {
  const { limit, ends } = standing;
  return [
    ...(isShared(limit) ? [`${sentence(ownScope(limit.scope))}.`] : []),
    ...(binds && ownLeft(standing) > 0 ? [m.price_runs_out()] : []),
    ...(binds && ends !== null ? [startsText(ends, now)] : []),
  ].join(" ");
}

/** "Starts again at midnight.", "Starts again Friday, 12:00." */
export function startsText(ends: UnixMs, now: UnixMs): string {
  const midnight = new Date(now).setHours(24, 0, 0, 0);
  return ends === midnight ? m.price_starts_midnight() : m.price_starts({ when: ahead(ends, now) });
}

export const isSame = (one: LimitStanding, other: LimitStanding | null) =>
  JSON.stringify(one.limit) === JSON.stringify(other?.limit);

/** The one that runs out first, other money, the person's own before that of many, the rest. */
export function ordered(limits: readonly LimitStanding[], left: LimitStanding | null) {
  const rank = (one: LimitStanding) => {
    if (isSame(one, left)) return 0;
    if (one.limit.measure.kind !== "money") return 3;
    return isShared(one.limit) ? 2 : 1;
  };
  return limits.toSorted((one, other) => rank(one) - rank(other));
}

const isShared = ({ scope: { kind } }: LimitStanding["limit"]) =>
  kind === "workspace" || kind === "role" || kind === "group";

function spanOf(measure: LimitMeasure) {
  return measure.kind === "at_once" ? null : measure.span;
}
