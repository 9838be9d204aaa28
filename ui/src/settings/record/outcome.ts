/** How an event came out, in a word. Good news is quiet. */
import { m } from "../../i18n";
import type { IconName } from "../../kit";
import type { Json } from "./event";

export interface Outcome {
  tone: "quiet" | "warn" | "danger";
  icon: IconName;
  words: string;
}

const quiet = (icon: IconName, words: string): Outcome => ({ tone: "quiet", icon, words });
const warn = (icon: IconName, words: string): Outcome => ({ tone: "warn", icon, words });
const failed = (words: string): Outcome => ({ tone: "danger", icon: "x", words });

/** The end of a call; without a finish nothing is known of it. */
function callOutcome({ finish, failure }: Json): Outcome {
  if (typeof failure === "string") return failed(m.record_outcome_failed());
  switch (finish) {
    case "complete":
      return quiet("check", m.record_outcome_done());
    case "stopped":
    case "locked":
      return quiet("stop", m.record_outcome_stopped());
    case "length":
      return warn("minus", m.record_outcome_partial());
    case "refused":
      return failed(m.record_outcome_refused());
    case undefined:
    case null:
      return warn("help", m.record_outcome_unknown());
    default:
      return failed(m.record_outcome_failed());
  }
}

export function outcomeOf(kind: string, what: Json): Outcome {
  switch (kind) {
    case "denied":
      return failed(m.record_outcome_refused());
    case "failed_sign_ins":
      return failed(m.record_outcome_failed());
    case "spool_damaged":
      return failed(m.record_outcome_lost());
    case "guest_offer_restored":
      return warn("return", m.record_outcome_put_right());
    case "older_file_accepted":
      return warn("warn", m.record_outcome_accepted());
    case "limit_nearly_used":
      return warn("gauge", m.record_outcome_reached());
    case "attempt_intent":
      return quiet("arrow-right", m.record_outcome_sent());
    case "attempt_outcome":
      return callOutcome(what);
    default:
      return quiet("check", m.record_outcome_done());
  }
}
