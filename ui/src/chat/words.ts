/** Numbers and ends of answers, as people say them. */
import { ahead, m, spoken } from "../i18n";
import type { FailureCode, Finish, MessageView, Provenance, Usage } from "../ipc";

/** What the engine calls the way of a model that was chosen by itself. */
export const USUAL_ROUTE = "usual";

/** Tokens that the model read: afresh, from its cache, and into its cache. */
export function tokensRead(usage: Usage): number {
  return usage.input + usage.cached_input + usage.cache_write + usage.cache_write_long;
}

/** Tokens of an answer, read and written. */
export function tokensOf(usage: Usage): number {
  return tokensRead(usage) + usage.output + usage.reasoning;
}

/** "7,140 tokens", with a mark where Carrel counted by itself. */
export function tokensText(usage: Usage): string {
  const count = new Intl.NumberFormat(spoken.current).format(tokensOf(usage));
  return usage.estimated ? m.chat_tokens_estimated({ count }) : m.chat_tokens({ count });
}

/** "under 0.1 s", "0.8 s", "21 s", "2 min 5 s". */
export function durationText(millis: number): string {
  if (millis < 100) return m.chat_under_tenth();
  const seconds = millis / 1000;
  if (seconds < 9.95) {
    const amount = new Intl.NumberFormat(spoken.current, { maximumFractionDigits: 1 }).format(
      seconds,
    );
    return m.chat_seconds({ amount });
  }
  const whole = Math.round(seconds);
  if (whole < 60) return m.chat_seconds({ amount: String(whole) });
  return m.chat_minutes({ minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** When another try makes sense: seconds are counted down, hours are told by the clock. */
export function retryText(seconds: number): string {
  if (seconds < 3600) return m.chat_retry_in({ time: durationText(seconds * 1000) });
  const now = Date.now();
  return m.access_retry_at({ when: ahead(now + seconds * 1000, now) });
}

/** "60%", as the language writes it. */
export function percentText(percent: number): string {
  return new Intl.NumberFormat(spoken.current, { style: "percent" }).format(percent / 100);
}

/** What a try of a model came to: how soon it answered, and for how much. */
export function answeredText(model: string, millis: number, cost: number | null): string {
  const time = durationText(millis);
  if (cost === 0) return m.provider_tried_free({ model, time });
  return m.provider_tried({ model, time, cost: costOf(cost) });
}

/** "free", "$0.0035", "under $0.0001", or that nobody knows. */
export function costOf(cost: number | null): string {
  if (cost === null) return m.chat_cost_unknown();
  return cost === 0 ? m.chat_cost_free() : dollars(cost);
}

/** The same for an answer, with a mark where Carrel counted by itself. */
export function costText({ cost, usage }: Provenance): string {
  const amount = costOf(cost);
  return usage.estimated && cost !== null && cost > 0 ? m.chat_cost_estimated({ amount }) : amount;
}

/** Nano-dollars as dollars: four significant digits at most, never "$0" for something. */
export function dollars(nano: number): string {
  const format = (options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(spoken.current, { style: "currency", currency: "USD", ...options });
  if (nano > 0 && nano < 100_000) {
    const least = format({ maximumFractionDigits: 4 }).format(0.0001);
    return m.chat_cost_under({ amount: least });
  }
  const amount = nano / 1e9;
  return format({ maximumFractionDigits: amount < 1 ? 4 : 2 }).format(amount);
}

/** How an answer that is not whole ended, in one sentence. */
export function endOf(finish: Finish): string {
  switch (finish) {
    case "complete":
      return "";
    case "length":
      return m.chat_end_length();
    case "stopped":
      return m.chat_end_stopped();
    case "locked":
      return m.chat_end_locked();
    case "stalled":
      return m.chat_end_stalled();
    case "cut":
      return m.chat_end_cut();
    case "interrupted":
      return m.chat_end_interrupted();
    case "refused":
      return m.chat_end_refused();
    case "failed":
      return m.chat_end_failed();
  }
}

/** Whether the answer can go on where it ended. */
export function canContinue({ message }: MessageView): boolean {
  return message.text !== "" && message.finish !== "complete" && message.finish !== "refused";
}

/** Ends that a person chose are told quietly; the others ask for a look. */
export function isQuiet(finish: Finish): boolean {
  return finish === "complete" || finish === "stopped" || finish === "locked";
}

/** Failures whose next step is in the settings. */
export function leadsToSettings(code: FailureCode): boolean {
  return (
    code === "bad_key" ||
    code === "no_model" ||
    code === "weights_missing" ||
    code === "unsupported"
  );
}

/** The last fenced code in a text, without its fence; null where there is none. */
export function lastCode(markdown: string): string | null {
  let found: string | null = null;
  let open: { mark: string; lines: string[] } | null = null;
  for (const line of markdown.split(/\r\n?|\n/)) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const mark = fence?.[1] ?? "";
    if (open === null) {
      if (mark !== "") open = { mark, lines: [] };
    } else if (mark.startsWith(open.mark) && fence?.[2]?.trim() === "") {
      found = open.lines.join("\n");
      open = null;
    } else open.lines.push(line);
  }
  return open === null ? found : open.lines.join("\n");
}
