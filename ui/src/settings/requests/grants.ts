/**
 * How long an admin gives something, and what a request says of the one who asks.
 *
 * Days and weeks are those of the calendar here; callers say what time it is.
 */
import { ownLeft, poolOf } from "../../access/standing";
import { amountText } from "../../access/words";
import { m } from "../../i18n";
import type { LimitStanding, RequestView, Subject } from "../../ipc";

/** A usual end, or a time that is typed. */
export type Way = "midnight" | "week" | "month" | "seven" | "thirty" | "other";
export type UsualWay = Exclude<Way, "other">;

/** The furthest end there can be. */
const LONGEST_DAYS = 366;

/** How long it is given where nobody says otherwise. */
export function usualWay(subject: Subject): UsualWay {
  if (subject.kind === "access") return "seven";
  const { measure } = subject;
  return measure.kind !== "at_once" && measure.span === "month" ? "month" : "midnight";
}

/** So many days after `now`, at the same time of day. */
function daysOn(now: number, days: number): number {
  const date = new Date(now);
  return date.setDate(date.getDate() + days);
}

const nextMidnight = (now: number, days = 1) => new Date(daysOn(now, days)).setHours(0, 0, 0, 0);

export function untilOf(way: UsualWay, now: number): number {
  switch (way) {
    case "midnight":
      return nextMidnight(now);
    case "week": {
      // Weeks begin on Monday.
      const begun = (new Date(now).getDay() + 6) % 7;
      return nextMidnight(now, 7 - begun);
    }
    case "month": {
      const date = new Date(now);
      return new Date(date.getFullYear(), date.getMonth() + 1, 1).getTime();
    }
    case "seven":
      return daysOn(now, 7);
    case "thirty":
      return daysOn(now, 30);
  }
}

/** What can be chosen, the usual one first; each end once, and a time of one's own last. */
export function waysFor(subject: Subject, now: number): Way[] {
  const ways: UsualWay[] = [usualWay(subject), "midnight", "week", "thirty"];
  const ends = ways.map((way) => untilOf(way, now));
  return [...ways.filter((_, place) => ends.indexOf(ends[place] ?? 0) === place), "other"];
}

export function wayName(way: Way): string {
  switch (way) {
    case "midnight":
      return m.grant_midnight();
    case "week":
      return m.grant_week();
    case "month":
      return m.grant_month();
    case "seven":
      return m.grant_seven();
    case "thirty":
      return m.grant_thirty();
    case "other":
      return m.grant_other();
  }
}

/** "Grant until midnight": what the first button does. */
export function grantText(subject: Subject): string {
  const way = usualWay(subject);
  if (way === "seven") return m.inbox_grant_seven();
  return way === "month" ? m.inbox_grant_month() : m.inbox_grant_midnight();
}

/** A moment as a field for day and time holds it. */
export function fieldText(ms: number): string {
  const date = new Date(ms);
  const two = (digits: number) => String(digits).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A typed day and time; null where it is none, is over, or lies further than something is given. */
export function typedMoment(typed: string, now: number): number | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d)?$/.exec(typed.trim());
  if (!parts) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.slice(1).map(Number);
  const until = new Date(year, month - 1, day, hour, minute).getTime();
  const isThere = fieldText(until) === `${typed.trim().slice(0, 10)}T${typed.trim().slice(11, 16)}`;
  return isThere && until > now && until <= daysOn(now, LONGEST_DAYS) ? until : null;
}

/** "Tom has used $4.00 of $4.00. $9.00 of the pool is left."; empty where it is about no limit. */
export function standingText(name: string, standing: LimitStanding | null): string {
  if (standing === null) return "";
  const { limit, spent, ends } = standing;
  const most = amountText(limit.measure, limit.most);
  if (ends === null) return m.inbox_at_once({ name, most });
  const used = m.inbox_used({ name, used: amountText(limit.measure, spent), most });
  const pool = poolOf(standing);
  if (pool === null) return used;
  return `${used} ${m.inbox_pool({ amount: amountText(limit.measure, ownLeft(pool)) })}`;
}

/** Who asks, by name. */
export const nameOf = ({ name }: Pick<RequestView, "name">) => name || m.members_erased();
