/** Limits in words, and what a person types read as an amount. */
import { dollars } from "../chat/words";
import { m, spoken } from "../i18n";
import type {
  GroupView,
  Limit,
  LimitMeasure,
  LimitScope,
  LimitStandings,
  MemberView,
  ProviderView,
  RoleView,
  Span,
  WorkspaceLimits,
} from "../ipc";
import { keyName } from "./keyName";
import { roleName } from "./roles";

/** What limits can be about, with their names. */
export interface Known {
  members: readonly Pick<MemberView, "profile" | "name" | "erased">[];
  roles: readonly Pick<RoleView, "role" | "name">[];
  groups: readonly Pick<GroupView, "id" | "name">[];
  providers: readonly Pick<ProviderView, "id" | "label" | "models" | "keys">[];
  routes: readonly string[];
}

/** The same for names only: what is offered does not matter. */
export type Named = Pick<Known, "members" | "roles" | "groups"> & {
  providers: readonly Pick<ProviderView, "id" | "label" | "keys">[];
};

export type MeasureKind = LimitMeasure["kind"];

export const MEASURES: readonly MeasureKind[] = ["money", "tokens", "requests", "at_once"];
export const SPANS: readonly Span[] = ["minute", "hour", "day", "month"];

/** The largest limit: a million dollars, or as many of another kind. */
const MOST = 1_000_000_000_000_000;
const NANO = 1_000_000_000;

export function measureOf(kind: MeasureKind, span: Span): LimitMeasure {
  return kind === "at_once" ? { kind } : { kind, span };
}

/** All that is set about limits, one part of it changed: what is left out would be gone. */
export function limitsWith(
  { limits, block_unpriced, time_zone, warn_at }: LimitStandings,
  change: Partial<WorkspaceLimits>,
): WorkspaceLimits {
  const set = limits.map((one) => one.limit);
  return { limits: set, block_unpriced, time_zone, warn_at, ...change };
}

/** Every scope that can be chosen. */
export function scopes({ members, roles, groups, providers, routes }: Known): LimitScope[] {
  return [
    { kind: "workspace" },
    { kind: "each_profile" },
    ...roles.map(({ role }): LimitScope => ({ kind: "role", role })),
    ...groups.map(({ id }): LimitScope => ({ kind: "group", group: id })),
    ...members
      .filter((one) => !one.erased)
      .map((one): LimitScope => ({ kind: "profile", profile: one.profile })),
    ...routes.map((route): LimitScope => ({ kind: "route", route })),
    ...providers.flatMap((one): LimitScope[] => [
      { kind: "provider", provider: one.id },
      ...one.models.map((model): LimitScope => ({
        kind: "model",
        model: { provider: one.id, model },
      })),
      ...one.keys.map((key): LimitScope => ({ kind: "key", key: key.id })),
    ]),
  ];
}

export function scopeName(scope: LimitScope, { members, roles, groups, providers }: Named): string {
  const provider = (id: string) =>
    providers.find((one) => one.id === id)?.label ?? m.limits_scope_gone();
  switch (scope.kind) {
    case "workspace":
      return m.limits_scope_workspace();
    case "each_profile":
      return m.limits_scope_each();
    case "role":
      return m.limits_scope_role({ role: roleName(scope.role, roles) });
    case "group": {
      const group = groups.find((one) => one.id === scope.group)?.name;
      return group ? m.limits_scope_group({ group }) : m.limits_scope_gone();
    }
    case "profile":
      return members.find((one) => one.profile === scope.profile)?.name || m.limits_scope_gone();
    case "provider":
      return provider(scope.provider);
    case "model":
      return `${scope.model.model} · ${provider(scope.model.provider)}`;
    case "route":
      return m.limits_scope_route({ route: scope.route });
    case "key":
      return keyInWords(scope.key, providers);
  }
}

/** One key among all, by its name and its provider's. */
function keyInWords(id: string, providers: Named["providers"]): string {
  for (const { label, keys } of providers) {
    const place = keys.findIndex((key) => key.id === id);
    const key = keys[place];
    if (key) return m.limits_scope_one_key({ key: keyName(key, place), provider: label });
  }
  return m.limits_scope_gone();
}

/** "$5", "1,000 tokens": an amount of what the measure counts. */
export function amountText(kind: MeasureKind, amount: number): string {
  const count = new Intl.NumberFormat(spoken.current).format(amount);
  switch (kind) {
    case "money":
      return dollars(amount);
    case "tokens":
      return amount === 1 ? m.limits_tokens_one() : m.limits_tokens({ count });
    case "requests":
      return amount === 1 ? m.limits_requests_one() : m.limits_requests({ count });
    case "at_once":
      return amount === 1 ? m.limits_at_once_one() : m.limits_at_once({ count });
  }
}

/** "$5 a month", "10 answers at once", "$5 a month, and a pool of $50 that all share". */
export function limitText({ measure, most, pool }: Limit): string {
  const amount = amountText(measure.kind, most);
  const limit = measure.kind === "at_once" ? amount : spanText(measure.span, amount);
  if (pool === undefined) return limit;
  return m.limits_with_pool({ limit, pool: amountText(measure.kind, pool) });
}

/** Whether what a limit is about can have a pool beside it. */
export const canShare = (scope: LimitScope | undefined, kind: MeasureKind) =>
  scope?.kind === "each_profile" && kind !== "at_once";

/** "$5 a month": an amount in a time. */
export function spanText(span: Span, amount: string): string {
  switch (span) {
    case "minute":
      return m.limits_a_minute({ amount });
    case "hour":
      return m.limits_an_hour({ amount });
    case "day":
      return m.limits_a_day({ amount });
    case "month":
      return m.limits_a_month({ amount });
  }
}

export function measureName(kind: MeasureKind): string {
  switch (kind) {
    case "money":
      return m.limits_measure_money();
    case "tokens":
      return m.limits_measure_tokens();
    case "requests":
      return m.limits_measure_requests();
    case "at_once":
      return m.limits_measure_at_once();
  }
}

export function spanName(span: Span): string {
  switch (span) {
    case "minute":
      return m.limits_span_minute();
    case "hour":
      return m.limits_span_hour();
    case "day":
      return m.limits_span_day();
    case "month":
      return m.limits_span_month();
  }
}

/**
 * What was typed as an amount; null where it is none. Money takes a point or
 * a comma and at most nine places; everything else is whole.
 */
export function typedAmount(kind: MeasureKind, typed: string): number | null {
  const text = typed.trim().replaceAll(/[\s’']/gu, "");
  if (kind !== "money") {
    const whole = /^\d{1,15}$/.test(text) ? Number(text) : null;
    return whole !== null && whole <= MOST ? whole : null;
  }
  const parts = /^\$?(\d{1,7})(?:[.,](\d{1,9}))?$/.exec(text);
  if (!parts) return null;
  const nano = Number(parts[1]) * NANO + Number((parts[2] ?? "").padEnd(9, "0"));
  return nano <= MOST ? nano : null;
}
