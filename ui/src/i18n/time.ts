/**
 * Times as people say them. Exact stamps belong to the audit trail.
 *
 * Callers pass `now`, so that a list and its headings agree.
 */
import { spoken } from "./language.svelte";
import { m } from "./messages/messages.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function dayStart(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Whole days between two moments by the calendar; 1 is yesterday. */
export function daysBefore(ms: number, now: number): number {
  return Math.round((dayStart(now) - dayStart(ms)) / (24 * HOUR));
}

/** The system's region for the spoken language: "en-GB" writes 18:20, "en-US" 6:20 PM. */
export function region(): string {
  const { current } = spoken;
  return navigator.languages.find((tag) => tag.split("-")[0] === current) ?? current;
}

export function clockTime(ms: number): string {
  return new Intl.DateTimeFormat(region(), { timeStyle: "short" }).format(ms);
}

/** "09:38:02": for what follows each other within seconds. */
export function stamp(ms: number): string {
  return new Intl.DateTimeFormat(region(), { timeStyle: "medium" }).format(ms);
}

/** "Today, 09:38", "Yesterday, 17:02", "Monday", "12 October", "3 May 2024". */
export function when(ms: number, now: number): string {
  const days = daysBefore(ms, now);
  if (days <= 0) return m.time_today({ time: clockTime(ms) });
  if (days === 1) return m.time_yesterday({ time: clockTime(ms) });
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  const format: Intl.DateTimeFormatOptions =
    days < 7
      ? { weekday: "long" }
      : sameYear
        ? { day: "numeric", month: "long" }
        : { day: "numeric", month: "short", year: "numeric" };
  return new Intl.DateTimeFormat(region(), format).format(ms);
}

/** `when`, and always with the clock: for what one day may have several of. */
export function whenExactly(ms: number, now: number, seconds = false): string {
  const time = seconds ? stamp(ms) : clockTime(ms);
  const days = daysBefore(ms, now);
  if (days <= 0) return m.time_today({ time });
  if (days === 1) return m.time_yesterday({ time });
  return `${when(ms, now)}, ${time}`;
}

/** "30 Nov 2026, 18:20": a moment that may lie ahead. */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: "medium", timeStyle: "short" }).format(ms);
}

/** "today, 18:20", "tomorrow, 00:00", "Friday, 12:00", "30 Nov 2026, 18:20": what lies ahead. */
export function ahead(ms: number, now: number): string {
  const days = -daysBefore(ms, now);
  const time = clockTime(ms);
  if (days === 0) return m.time_later_today({ time });
  if (days === 1) return m.time_tomorrow({ time });
  if (days < 1 || days > 6) return moment(ms);
  return `${new Intl.DateTimeFormat(region(), { weekday: "long" }).format(ms)}, ${time}`;
}

/** "Monday, 23 November 2026" */
export function fullDay(ms: number): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: "full" }).format(ms);
}

/** "23 November 2026, 09:41:31.204 CET": a moment as an auditor compares it. */
export function exactly(ms: number): string {
  return new Intl.DateTimeFormat(region(), {
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    fractionalSecondDigits: 3,
    timeZoneName: "short",
  }).format(ms);
}

/** "12 minutes ago", "yesterday", "3 weeks ago". */
export function ago(ms: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(spoken.current, { numeric: "auto" });
  const past = Math.max(0, now - ms);
  if (past < MINUTE) return m.time_just_now();
  if (past < HOUR) return format.format(-Math.floor(past / MINUTE), "minute");
  const days = daysBefore(ms, now);
  if (days === 0) return format.format(-Math.floor(past / HOUR), "hour");
  if (days < 14) return format.format(-days, "day");
  if (days < 60) return format.format(-Math.floor(days / 7), "week");
  return format.format(-Math.floor(days / 30), "month");
}

/** "1.4 MB". Takes what JSON carries for 64-bit sizes. */
export function byteSize(bytes: number | bigint): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let amount = Number(bytes);
  let step = 0;
  while (amount >= 1000 && step < units.length - 1) {
    amount /= 1000;
    step += 1;
  }
  return new Intl.NumberFormat(spoken.current, {
    style: "unit",
    unit: units[step] ?? "byte",
    maximumFractionDigits: amount < 10 && step > 0 ? 1 : 0,
  }).format(amount);
}
