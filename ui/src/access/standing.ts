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

/** "$4.00 of $4.00 used, begins anew tomorrow, 00:00"; then what the pool gave. */
export function standingText(standing: LimitStanding, now: number): string {
  const { limit, ends } = standing;
  if (ends === null) return amountText(limit.measure, limit.most);
  const own = m.ask_standing({ ...ownUse(standing), when: ahead(ends, now) });
  return [own, ...poolUse(standing)].join(". ");
}

/** "$1.00" of "$4.00", "1" of "2 requests": what is used of a limit without its pool. */
export function ownUse(standing: LimitStanding): { used: string; most: string } {
  const { limit, spent } = standing;
  const { measure, most } = limit;
  const used = poolOf(standing) === null ? spent : Math.min(spent, most);
  return { used: countText(measure, used), most: amountText(measure, most) };
}

/** "$0.50 from the pool, of which $14.00 is left"; nothing where there is none. */
export function poolUse(standing: LimitStanding): string[] {
  const pool = poolOf(standing);
  if (pool === null) return [];
  const { measure, most } = standing.limit;
  const left = amountText(measure, ownLeft(pool));
  const drawn = Math.max(0, standing.spent - most);
  if (drawn === 0) return [m.own_pool_left({ left })];
  return [m.own_pool_drawn({ amount: amountText(measure, drawn), left })];
}

/** What stands before "of 2 requests": the unit is said once. */
function countText(measure: LimitMeasure, amount: number): string {
  if (measure.kind === "money") return amountText(measure, amount);
  return new Intl.NumberFormat(spoken.current).format(amount);
}

/** What is left of a limit without its pool. */
export const ownLeft = ({ limit, spent, held }: LimitStanding) =>
  Math.max(0, limit.most - spent - held);

/** What a call may still use: the rest of the limit, and of its pool. */
export function leftOf(standing: LimitStanding): number {
  const pool = poolOf(standing);
  return ownLeft(standing) + (pool === null ? 0 : ownLeft(pool));
}

/** The limit by itself, as it stands. */
export function ownOf({ limit, ...standing }: LimitStanding): LimitStanding {
  const { scope, measure, most } = limit;
  return { ...standing, limit: { scope, measure, most }, pool: null };
}

/** Its pool, as if it were a limit: used by everybody together; null where it has none. */
export function poolOf(standing: LimitStanding): LimitStanding | null {
  const { limit, pool } = standing;
  if (pool === null || limit.pool === undefined) return null;
  const { used: spent, warned } = pool;
  return { ...ownOf(standing), limit: { ...limit, most: limit.pool }, spent, held: 0, warned };
}

/**
 * "80 % used": that it is nearly used, or that only its pool is left; null before that, and
 * once nothing is left.
 */
export function warnedText(standing: LimitStanding): string | null {
  const { warned, ends } = standing;
  if (ends === null || leftOf(standing) === 0) return null;
  if (ownLeft(standing) === 0) return m.limits_own_used_up();
  return warned === null ? null : m.limits_warned({ percent: String(warned) });
}

/** "$12.00 of the pool used", "80 % used": how its pool stands; nothing where it has none. */
export function poolFacts(standing: LimitStanding): string[] {
  const pool = poolOf(standing);
  if (pool === null) return [];
  const warned = warnedText(pool);
  const used = m.limits_pool_used({ amount: amountText(pool.limit.measure, pool.spent) });
  return [warned === null ? used : `${used} (${warned})`];
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
