/** The four figures at the head of the page: amounts with what they mean. */
import { dollars } from "../chat/words";
import { m, spoken } from "../i18n";
import type { OwnLimits } from "../ipc";
import type { Shown } from "./usage.svelte";
import { countText, failedShare, lastDayText, moneyLimit, unpricedText } from "./words";

const DOLLAR = 1_000_000_000;

export interface Figure {
  amount: string;
  text: string;
  /** What more there is to say, line by line. */
  details: string[];
  /** What the text means, where that is not plain. */
  help: string | null;
}

export function figuresOf(shown: Shown, limits: OwnLimits | null): Figure[] {
  const { answers, fallbacks } = shown.view.total;
  const plain = { details: [], help: null };
  return [
    spent(shown, limits),
    {
      ...plain,
      amount: countText(answers),
      text: answers === 1 ? m.usage_answers_one() : m.usage_answers(),
    },
    {
      ...plain,
      amount: countText(fallbacks),
      text: m.usage_fallbacks(),
      help: m.usage_fallbacks_help(),
    },
    { ...plain, ...paceOrFailed(shown) },
  ];
}

/** What was spent; of the person's own limit for such a time, where there is one. */
function spent({ asked, view }: Shown, limits: OwnLimits | null): Figure {
  const { cost, held, unpriced } = view.total;
  const present = asked.of.kind === "me" && asked.period === "month" && asked.back === 0;
  const limit = present ? moneyLimit(limits, "month") : null;
  const unknown = unpricedText(view.total);
  return {
    amount: cost === 0 && unpriced > 0 ? m.usage_unknown() : dollars(cost),
    text: limit ? m.usage_spent_of({ most: dollars(limit.limit.most) }) : m.usage_spent(),
    details: [
      ...(held > 0 ? [m.usage_held({ amount: dollars(held) })] : []),
      ...(unknown === null ? [] : [unknown]),
    ],
    help: null,
  };
}

function paceOrFailed(shown: Shown): Pick<Figure, "amount" | "text"> {
  const { at_this_pace: pace, total } = shown.view;
  if (pace !== null)
    return { amount: roughly(pace), text: m.usage_pace({ day: lastDayText(shown) }) };
  const amount = countText(total.failed);
  if (total.failed === 0) return { amount, text: m.usage_failed_none() };
  const percent = failedShare(total);
  const text = total.failed === 1 ? m.usage_failed_one({ percent }) : m.usage_failed({ percent });
  return { amount, text };
}

/** "$50": no more exact than a forecast can be. */
function roughly(nano: number): string {
  if (nano < 10 * DOLLAR) return dollars(nano);
  return new Intl.NumberFormat(spoken.current, {
    style: "currency",
    currency: "USD",
    maximumFractionDigits: 0,
  }).format(nano / DOLLAR);
}
