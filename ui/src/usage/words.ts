/**
 * What was used, in words: times in the workspace's zone, amounts, and what is not known.
 *
 * A price that is not known is never nothing.
 */
import { leftOf, narrowest } from "../access/standing";
import { costOf, dollars, percentText } from "../chat/words";
import { m, region, spoken } from "../i18n";
import type { LimitStanding, OwnLimits, UsageChoice, UsagePeriod, UsageSums } from "../ipc";
import type { Chart, Series } from "./chart";
import type { Shown } from "./usage.svelte";

const NANO = 1_000_000_000;

function format(options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(region(), { ...options, timeZone: zone });
  } catch {
    // A zone that only the core knows.
    return new Intl.DateTimeFormat(region(), options);
  }
}

const yearOf = (ms: number, zone: string) => format({ year: "numeric" }, zone).format(ms);

/** "17 – 23 November", "November", "December 2025", "2026". */
export function periodText({ asked, view, at }: Shown): string {
  const { begins, ends, time_zone: zone } = view;
  const last = ends - 1;
  const thisYear = yearOf(begins, zone) === yearOf(at, zone);
  const year = thisYear ? {} : { year: "numeric" as const };
  switch (asked.period) {
    case "week":
      return format({ day: "numeric", month: "long", ...year }, zone).formatRange(begins, last);
    case "month":
      return format({ month: "long", ...year }, zone).format(begins);
    case "year":
      return yearOf(begins, zone);
  }
}

/** "Nothing was used in November". */
export function emptyText(shown: Shown): string {
  const period = periodText(shown);
  switch (shown.asked.period) {
    case "week":
      return m.usage_empty_week();
    case "month":
      return m.usage_empty_month({ period });
    case "year":
      return m.usage_empty_year({ period });
  }
}

/** "30 November": the last day of what is shown. */
export function lastDayText({ view }: Shown): string {
  return format({ day: "numeric", month: "long" }, view.time_zone).format(view.ends - 1);
}

/** Below a bar: "15", "Mon 23", "Nov"; nothing below most days of a month. */
export function tickText(begins: number, period: UsagePeriod, zone: string): string {
  if (period === "year") return format({ month: "short" }, zone).format(begins);
  const parts = format({ weekday: "short", day: "numeric" }, zone).formatToParts(begins);
  const part = (type: "weekday" | "day") => parts.find((one) => one.type === type)?.value ?? "";
  if (period === "week") return `${part("weekday").replace(".", "")} ${part("day")}`;
  const day = Number(part("day"));
  return day === 1 || day % 5 === 0 ? String(day) : "";
}

/** "Monday, 23 November", "November 2026": a bar, whole. */
export function barText(begins: number, period: UsagePeriod, zone: string): string {
  return period === "year"
    ? format({ month: "long", year: "numeric" }, zone).format(begins)
    : format({ weekday: "long", day: "numeric", month: "long" }, zone).format(begins);
}

/** The zone, where it is not the one this machine shows times in. */
export function foreignZone(zone: string): string | null {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return format({}, zone).resolvedOptions().timeZone === own ? null : zone;
}

/** "$0", "$0.50": an amount on the axis, with no more digits than the step has. */
export function axisText({ measure, ticks }: Chart, amount: number): string {
  if (measure === "answers") return countText(amount);
  const step = (ticks[1] ?? NANO) / NANO;
  const digits = step >= 1 ? 0 : Math.max(2, -Math.floor(Math.log10(step) + 1e-9));
  return new Intl.NumberFormat(spoken.current, {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / NANO);
}

/** What bars are made of, or a whole one. */
export function amountText(measure: Chart["measure"], amount: number): string {
  return measure === "cost" ? dollars(amount) : answersText(amount);
}

export function seriesName(series: Series): string {
  switch (series.kind) {
    case "model":
      return series.label;
    case "others":
      return m.usage_others();
    case "answers":
      return m.usage_column_answers();
  }
}

/** "Cost by day", "Answers by month". */
export function chartHeading(measure: Chart["measure"], period: UsagePeriod): string {
  if (period === "year")
    return measure === "cost" ? m.usage_cost_by_month() : m.usage_answers_by_month();
  return measure === "cost" ? m.usage_cost_by_day() : m.usage_answers_by_day();
}

export const countText = (count: number) => new Intl.NumberFormat(spoken.current).format(count);

/** "41 answers". */
export function answersText(count: number): string {
  return `${countText(count)} ${count === 1 ? m.usage_answers_one() : m.usage_answers()}`;
}

/** "5.9M": large counts, as the language shortens them. */
export function shortCount(count: number): string {
  return new Intl.NumberFormat(spoken.current, {
    notation: "compact",
    maximumFractionDigits: 1,
  }).format(count);
}

/** "price of 3 calls not known"; nothing where every price is. */
export function unpricedText({ unpriced }: UsageSums): string | null {
  if (unpriced === 0) return null;
  return unpriced === 1 ? m.usage_unpriced_one() : m.usage_unpriced({ count: countText(unpriced) });
}

/** "$22.58", "free"; nothing where no price is known at all. */
export function costText(sums: UsageSums, local = false): string | null {
  if (sums.cost > 0) return dollars(sums.cost);
  if (sums.unpriced > 0) return null;
  return local || sums.answers > 0 ? costOf(0) : dollars(0);
}

/** "2%" of all calls. */
export function failedShare({ answers, failed }: UsageSums): string {
  const calls = answers + failed;
  return percentText(calls === 0 ? 0 : Math.round((failed / calls) * 100));
}

/** What part of everything somebody used; of answers, where nothing cost anything. */
export function shareOf(sums: UsageSums, total: UsageSums): number {
  const [part, whole] = total.cost > 0 ? [sums.cost, total.cost] : [sums.answers, total.answers];
  return whole === 0 ? 0 : (part / whole) * 100;
}

export const isEmpty = ({ cost, held, answers, failed }: UsageSums) =>
  cost === 0 && held === 0 && answers === 0 && failed === 0;

/** "My own", "Field crew", "Everyone". */
export function choiceText({ of, name }: UsageChoice): string {
  switch (of.kind) {
    case "me":
      return m.usage_whose_me();
    case "group":
      return name ?? m.limits_scope_gone();
    case "everyone":
      return m.usage_whose_everyone();
  }
}

/** "Your usage", "Usage of Field crew", "Everyone’s usage". */
export function titleText({ of, name }: UsageChoice): string {
  switch (of.kind) {
    case "me":
      return m.usage_title_own();
    case "group":
      return m.usage_title_group({ group: name ?? m.limits_scope_gone() });
    case "everyone":
      return m.usage_title_everyone();
  }
}

/** The tightest limit on one person's own money in such a time. */
export function moneyLimit(own: OwnLimits | null, span: "day" | "month"): LimitStanding | null {
  const personal = own?.limits.filter(
    ({ limit: { scope } }) => scope.kind === "each_profile" || scope.kind === "profile",
  );
  return narrowest(personal ?? [], { kind: "money", span });
}

/** The limit on money that leaves the least. */
export function firstToRunOut(limits: readonly LimitStanding[]): LimitStanding | null {
  const money = limits.filter(({ limit }) => limit.measure.kind === "money");
  return money.toSorted((one, other) => leftOf(one) - leftOf(other))[0] ?? null;
}
