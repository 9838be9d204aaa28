/** The facts of an answer's card, name by name. */
import { m, said, spoken, when } from "../i18n";
import type { Provenance, UnixMs, Usage } from "../ipc";
import { reasonOf, routeOf, stateOf } from "./tries";
import { costText, durationText } from "./words";

export type Fact = [name: string, value: string];

/** A pause or a queue shorter than this is not worth a line, in milliseconds. */
const WORTH_TELLING = 1_000;

/** Tokens by kind; kinds that most answers do not have only where they are. */
function tokenFacts(usage: Usage): Fact[] {
  const number = new Intl.NumberFormat(spoken.current);
  const kinds: [string, number, boolean][] = [
    [m.chat_fact_input(), usage.input, true],
    [m.chat_fact_cached(), usage.cached_input, false],
    [m.chat_fact_cache_write(), usage.cache_write + usage.cache_write_long, false],
    [m.chat_fact_output(), usage.output, true],
    [m.chat_fact_reasoning(), usage.reasoning, false],
  ];
  const counted = usage.estimated ? m.chat_fact_counted_carrel() : m.chat_fact_counted_provider();
  return [
    ...kinds
      .filter(([, count, always]) => always || count > 0)
      .map(([name, count]): Fact => [name, number.format(count)]),
    [m.chat_fact_counted(), counted],
  ];
}

/** Of an answer that somebody gave, or failed to give; `label` is the model's name. */
function calledFacts(card: Provenance, label: string): Fact[] {
  const path = card.tries.at(-1)?.path;
  const waited = card.elapsed_ms !== null && card.elapsed_ms - card.total_ms >= WORTH_TELLING;
  const first = card.first_token_ms;
  return [
    [m.chat_fact_model(), label],
    [m.chat_fact_served(), card.served_model ?? m.chat_fact_not_said()],
    [m.chat_fact_provider(), card.provider_label],
    [m.chat_fact_host(), card.host || m.chat_fact_this_machine()],
    ...(path === undefined
      ? []
      : [
          [m.chat_fact_key(), path.key_label ?? m.chat_fact_no_key()] satisfies Fact,
          [m.chat_fact_route(), routeOf(path)] satisfies Fact,
          [m.chat_fact_why(), reasonOf(path)] satisfies Fact,
          [m.chat_fact_breaker(), stateOf(path)] satisfies Fact,
        ]),
    ...tokenFacts(card.usage),
    [m.chat_fact_first_token(), first === null ? m.chat_fact_none() : durationText(first)],
    [m.chat_fact_total(), durationText(card.total_ms)],
    ...(waited ? [[m.chat_fact_elapsed(), durationText(card.elapsed_ms ?? 0)] satisfies Fact] : []),
    [m.chat_fact_cost(), costText(card)],
  ];
}

/** Where nobody was asked: who was wanted, and why not. */
function uncalledFacts(card: Provenance, why: string, label: string): Fact[] {
  return [
    [m.chat_fact_wanted(), label],
    [m.chat_fact_provider(), card.provider_label],
    [m.chat_fact_why_not(), why === "" ? m.chat_nobody_stopped() : said(why)],
    [m.chat_fact_elapsed(), durationText(card.elapsed_ms ?? 0)],
    [m.chat_fact_cost(), m.chat_fact_nothing_charged()],
  ];
}

export function factsOfCard(card: Provenance, label: string, at: UnixMs): Fact[] {
  const facts =
    card.uncalled === null ? calledFacts(card, label) : uncalledFacts(card, card.uncalled, label);
  return [...facts, [m.chat_fact_when(), when(at, Date.now())]];
}
