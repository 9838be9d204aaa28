/** A person's own limits in words, and how much more of one is sensible to ask for. */
import { ahead, m, spoken } from "../i18n";
import type { LimitMeasure, LimitScope, LimitStanding } from "../ipc";
import type { MeasureKind } from "../settings/limits";
import { sameMeasure } from "./asking.svelte";
import { amountText } from "./words";

const DOLLAR = 1_000_000_000;

/** Whose use a limit counts, as the person reads it. */
export function ownScope(scope: LimitScope): string {
  switch (scope.kind) {
    case "workspace":
      return m.own_scope_workspace();
    case "role":
      return m.own_scope_role();
    case "group":
      return m.own_scope_group();
    case "each_profile":
      return m.own_scope_each();
    case "profile":
      return m.own_scope_you();
    case "provider":
    case "model":
    case "route":
    case "key":
      return m.own_scope_other();
  }
}

/** "$4.00 of $4.00 used, begins anew tomorrow, 00:00". */
export function standingText({ limit, spent, ends }: LimitStanding, now: number): string {
  const most = amountText(limit.measure, limit.most);
  if (ends === null) return most;
  const used = amountText(limit.measure, spent);
  return m.ask_standing({ used, most, when: ahead(ends, now) });
}

export const leftOf = ({ limit, spent, held }: LimitStanding) =>
  Math.max(0, limit.most - spent - held);

/** "80 % used": that it is nearly used; null before that, and once nothing is left. */
export function warnedText(standing: LimitStanding): string | null {
  const { warned, ends } = standing;
  if (warned === null || ends === null || leftOf(standing) === 0) return null;
  return m.limits_warned({ percent: String(warned) });
}

/** Of the person's own limits of a measure the one that leaves the least. */
export function narrowest(
  limits: readonly LimitStanding[],
  measure: LimitMeasure,
): LimitStanding | null {
  const same = limits.filter(({ limit }) => sameMeasure(limit.measure, measure));
  const own = same.filter(({ limit: { scope } }) => isOwn(scope));
  return (
    (own.length > 0 ? own : same).toSorted((one, other) => leftOf(one) - leftOf(other))[0] ?? null
  );
}

const isOwn = ({ kind }: LimitScope) => kind === "each_profile" || kind === "profile";

/** Where nothing is given, a half of it helps nobody. */
const FROM_NOTHING: Record<MeasureKind, readonly number[]> = {
  money: [DOLLAR, 2 * DOLLAR, 5 * DOLLAR],
  tokens: [10_000, 50_000, 100_000],
  requests: [10, 20, 50],
  at_once: [1, 2],
};

/** Amounts to choose from: half as much again, as much again, twice as much. */
export function presets({ kind }: LimitMeasure, most: number): number[] {
  const cent = kind === "money" ? DOLLAR / 100 : 1;
  if (most < 2 * cent) return [...FROM_NOTHING[kind]];
  const amounts = [most / 2, most, most * 2].map((one) => rounded(one / cent) * cent);
  return [...new Set(amounts)];
}

/** Two digits that count. */
function rounded(amount: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(amount)) - 1);
  return Math.max(1, Math.round(amount / step) * step);
}

/** An amount as it is typed. */
export function typedText({ kind }: LimitMeasure, amount: number): string {
  const digits = kind === "money" ? amount / DOLLAR : amount;
  return new Intl.NumberFormat(spoken.current, {
    useGrouping: false,
    maximumFractionDigits: 9,
  }).format(digits);
}
