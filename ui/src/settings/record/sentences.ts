/** What happened, kind by kind, in plain words; and about what. */
import { tokensOf, dollars } from "../../chat/words";
import { m, moment, spoken } from "../../i18n";
import { actionText } from "./actions";
import { eventsText } from "./checkpoints";
import { type Json, modelIn, numberIn, objectIn, textIn } from "./event";
import { formText, percentText, wantedText } from "./fields";
import { isKnown, type Kind } from "./kinds";
import { limitText } from "./limit";
import {
  groupText,
  keyInWords,
  modelName,
  type Names,
  personName,
  providerName,
  roleText,
  routeName,
  thingName,
} from "./names";
import { askedText, givenText, requestedIn } from "./subject";
import { usageIn } from "./usage";

interface Words {
  what: (what: Json) => string;
  /** Whom or what it was about; empty where that is nothing further. */
  about?: (what: Json, names: Names) => string;
}

const number = (count: number) => new Intl.NumberFormat(spoken.current).format(count);

const joined = (...words: (string | null)[]) => words.filter(Boolean).join(" · ");

/** "3 times"; nothing for once. */
function times(what: Json): string | null {
  const count = numberIn(what, "count") ?? 1;
  return count > 1 ? m.record_times({ count: number(count) }) : null;
}

/** Words about what a field names; nothing where it is not there. */
const by =
  (field: string, words: (value: string, names: Names) => string) => (what: Json, names: Names) => {
    const value = textIn(what, field);
    return value === null ? "" : words(value, names);
  };

const member = by("member", personName);
const profile = by("profile", personName);
const provider = by("provider", providerName);
const role = by("role", roleText);
const route = by("route", routeName);
const group = by("group", groupText);

/** What an admin proposed, for another one to sign. */
function proposed(what: Json): string {
  switch (textIn(what, "wanted")) {
    case "admin":
      return m.record_proposal_made_admin();
    case "erasure":
      return m.record_proposal_made_erasure();
    default:
      return m.record_proposal_made();
  }
}

/** Which limit, and how much of it. */
function nearlyUsed(what: Json, names: Names): string {
  const percent = numberIn(what, "percent");
  if (percent === null) return limitText(what, names);
  const part = { percent: percentText(percent) };
  return joined(
    limitText(what, names),
    what["pool"] === true ? m.record_of_pool(part) : part.percent,
  );
}

function model(what: Json, names: Names): string {
  const asked = modelIn(what, "model");
  return asked ? modelName(asked, names) : "";
}

function madeAt(what: Json): string {
  const at = numberIn(what, "made_at");
  return at === null ? "" : m.record_about_made({ when: moment(at) });
}

/** Of a provider and one of its keys. */
function providerKey(what: Json, names: Names): string {
  const key = textIn(what, "key");
  return joined(provider(what, names), key && keyInWords(key, names));
}

function ended(what: Json): string {
  if (textIn(what, "failure") !== null) return m.record_attempt_failed();
  return textIn(what, "finish") === null ? m.record_attempt_unknown() : m.record_attempt_outcome();
}

function endedAbout(what: Json, names: Names): string {
  const asked = names.asked.get(textIn(what, "attempt") ?? "");
  const usage = usageIn(what);
  const cost = numberIn(what, "cost");
  return joined(
    asked?.model ?? textIn(what, "served_model"),
    usage && m.chat_tokens({ count: number(tokensOf(usage)) }),
    cost === null || cost === 0 ? null : dollars(cost),
  );
}

/** For what the request was, where its beginning is on the screen. */
const requestAbout = (what: Json, names: Names) => askedText(requestedIn(what, names) ?? {}, names);

const begun = (what: Json) =>
  what["anew"] === true ? m.record_checkpoints_anew() : m.record_checkpoints_begun();

const WORDS: Record<Kind, Words> = {
  workspace_created: { what: m.record_workspace_created },
  member_joined: { what: m.record_member_joined, about: role },
  member_disabled: { what: m.record_member_disabled, about: member },
  member_enabled: { what: m.record_member_enabled, about: member },
  role_assigned: {
    what: m.record_role_assigned,
    about: (what, names) => joined(member(what, names), role(what, names)),
  },
  member_erased: { what: m.record_member_erased, about: member },
  proposal_made: { what: proposed, about: member },
  proposal_withdrawn: {
    what: m.record_proposal_withdrawn,
    about: (what, names) => joined(member(what, names), wantedText(textIn(what, "wanted") ?? "")),
  },
  invitation_made: { what: m.record_invitation_made, about: role },
  invitation_revoked: { what: m.record_invitation_revoked },
  signed_in: { what: m.record_signed_in },
  failed_sign_ins: {
    what: m.record_failed_sign_ins,
    about: (what, names) => joined(profile(what, names), times(what)),
  },
  locked: { what: m.record_locked },
  passphrase_changed: { what: m.record_passphrase_changed },
  passphrase_removed: {
    what: m.record_passphrase_removed,
    about: () => m.record_passphrase_removed_about(),
  },
  recovery_used: { what: m.record_recovery_used },
  passphrase_recovered: { what: m.record_passphrase_recovered, about: profile },
  recovery_renewed: { what: m.record_recovery_renewed },
  provider_saved: { what: m.record_provider_saved, about: provider },
  provider_nearby: {
    what: (what) =>
      what["allowed"] === false ? m.record_provider_far() : m.record_provider_nearby(),
    about: provider,
  },
  provider_key_saved: {
    what: (what) =>
      what["key_changed"] === false
        ? m.record_provider_key_renamed()
        : m.record_provider_key_saved(),
    about: providerKey,
  },
  provider_key_removed: { what: m.record_provider_key_removed, about: providerKey },
  provider_removed: { what: m.record_provider_removed, about: provider },
  route_saved: { what: m.record_route_saved, about: route },
  route_removed: { what: m.record_route_removed, about: route },
  guest_offer_restored: {
    what: m.record_guest_offer_restored,
    about: (what) =>
      m.record_guest_offer_restored_about({
        foreign: number(numberIn(what, "foreign") ?? 0),
        missing: number(numberIn(what, "missing") ?? 0),
      }),
  },
  provider_tested: { what: m.record_provider_tested },
  program_made: { what: m.record_program_made },
  program_revoked: { what: m.record_program_revoked },
  settings_changed: { what: m.record_settings_changed },
  limits_changed: { what: m.record_limits_changed },
  limit_nearly_used: { what: m.record_limit_nearly_used, about: nearlyUsed },
  override_saved: { what: m.record_override_saved, about: model },
  denied: {
    what: (what) => m.record_denied({ action: actionText(textIn(what, "action") ?? "") }),
    about: (what, names) => joined(by("on", thingName)(what, names), times(what)),
  },
  request_made: { what: m.record_request_made, about: askedText },
  request_withdrawn: { what: m.record_request_withdrawn, about: requestAbout },
  request_decided: {
    what: (what) =>
      objectIn(what, "given") === null ? m.record_request_declined() : m.record_request_granted(),
    about: (what, names) => joined(requestAbout(what, names), givenText(what, names)),
  },
  concession_ended: { what: m.record_concession_ended, about: requestAbout },
  record_exported: { what: m.record_record_exported, about: by("form", formText) },
  checkpoint_made: {
    what: m.record_checkpoint_made,
    about: (what) => {
      const size = numberIn(what, "size");
      return size === null ? "" : eventsText(size);
    },
  },
  checkpoints_begun: { what: begun },
  group_saved: { what: m.record_group_saved, about: group },
  group_removed: { what: m.record_group_removed, about: group },
  usage_exported: {
    what: m.record_usage_exported,
    about: (what, names) => group(what, names) || m.record_field_group_none(),
  },
  access_viewed: { what: m.record_access_viewed, about: member },
  policy_signed: {
    what: m.record_policy_signed,
    about: (what) => m.record_about_version({ version: number(numberIn(what, "version") ?? 0) }),
  },
  price_list_changed: {
    what: (what) =>
      textIn(what, "text") === null ? m.record_price_list_shipped() : m.record_price_list_changed(),
  },
  attempt_intent: { what: m.record_attempt_intent, about: model },
  attempt_outcome: { what: ended, about: endedAbout },
  older_file_accepted: {
    what: (what) =>
      what["workspace"] === true ? m.record_older_workspace() : m.record_older_file_accepted(),
  },
  backup_restored: { what: m.record_backup_restored, about: profile },
  workspace_restored: { what: m.record_workspace_restored, about: madeAt },
  door_restored: { what: m.record_door_restored, about: madeAt },
  spool_damaged: { what: m.record_spool_damaged, about: (what) => times(what) ?? "" },
};

/** What happened; of a kind that only a newer Carrel knows, its own name. */
export function sentenceOf(kind: string, what: Json): string {
  return isKnown(kind) ? WORDS[kind].what(what) : kind;
}

/** About whom or what; empty where there is nothing to add. */
export function aboutOf(kind: string, what: Json, names: Names): string {
  return isKnown(kind) ? (WORDS[kind].about?.(what, names) ?? "") : "";
}
