/** What a person did not see yet, in words: decisions about their requests, and who looked. */
import { ahead, m, spoken } from "../i18n";
import type { News, RequestView } from "../ipc";
import type { IconName } from "../kit";
import { subjectText } from "./words";

export interface NewsItem {
  key: string;
  icon: IconName;
  title: string;
  text: string;
}

function decided({ id, subject, amount, label, state }: RequestView, now: number): NewsItem[] {
  if (state.kind === "granted" && !state.seen) {
    const what = subjectText(subject, state.amount ?? amount, label);
    if (state.until <= now) {
      const title = m.news_ended({ what, when: ahead(state.until, now) });
      return [{ key: id, icon: "clock", title, text: "" }];
    }
    const title = m.news_granted({ name: state.by, what, when: ahead(state.until, now) });
    return [{ key: id, icon: "check-circle", title, text: "" }];
  }
  if (state.kind === "declined" && !state.seen) {
    const title = m.news_declined({ name: state.by, what: subjectText(subject, amount, label) });
    return [{ key: id, icon: "inbox", title, text: "" }];
  }
  return [];
}

/** The decisions first; `requests` are the person's own, as they were read last. */
export function newsOf(news: News, requests: readonly RequestView[], now: number): NewsItem[] {
  const decisions = news.decided > 0 ? requests.flatMap((one) => decided(one, now)) : [];
  const [only, ...others] = news.looked_by;
  if (only === undefined) return decisions;
  const names = new Intl.ListFormat(spoken.current, { type: "conjunction" }).format(news.looked_by);
  const title = others.length === 0 ? m.news_looked({ names }) : m.news_looked_many({ names });
  return [...decisions, { key: "looked", icon: "eye", title, text: m.news_looked_text() }];
}
