/** Events by the day they happened on, in the order they stand in the record. */
import { daysBefore, fullDay, m } from "../../i18n";
import type { RecordedEvent } from "../../ipc";

export interface Day {
  /** The number of its first event: a clock that was set back makes the same day twice. */
  key: number;
  title: string;
  events: RecordedEvent[];
}

/** "Today, Monday 23 November 2026": the record has the date even where people would not say it. */
function titleOf(at: number, now: number): string {
  const date = fullDay(at);
  const days = daysBefore(at, now);
  if (days === 0) return m.record_day_today({ date });
  return days === 1 ? m.record_day_yesterday({ date }) : date;
}

export function daysOf(events: readonly RecordedEvent[], now: number): Day[] {
  const days: Day[] = [];
  for (const event of events) {
    const title = titleOf(event.at, now);
    const last = days.at(-1);
    if (last?.title === title) last.events.push(event);
    else days.push({ key: event.sequence, title, events: [event] });
  }
  return days;
}
