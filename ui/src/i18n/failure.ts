/**
 * A failure in the person's language.
 *
 * The core's own sentence knows most and has a translation; where it has
 * none, the catalogue says what the code means. English never shows elsewhere.
 */
import type { Failure, FailureCode } from "../ipc";
import { m } from "./messages/messages.js";
import { translated } from "./sentences";

interface Words {
  title: () => string;
  /** What happened and the next step, where the core's own sentence is unknown. */
  text: () => string;
}

const WORDS: Record<FailureCode, Words> = {
  wrong_secret: {
    title: m.failure_wrong_secret_title,
    text: m.failure_wrong_secret_text,
  },
  too_many_tries: {
    title: m.failure_too_many_tries_title,
    text: m.failure_too_many_tries_text,
  },
  locked: { title: m.failure_locked_title, text: m.failure_locked_text },
  denied: { title: m.failure_denied_title, text: m.failure_denied_text },
  not_found: { title: m.failure_not_found_title, text: m.failure_not_found_text },
  invalid: { title: m.failure_invalid_title, text: m.failure_invalid_text },
  damaged: { title: m.failure_damaged_title, text: m.failure_damaged_text },
  workspace_damaged: {
    title: m.failure_workspace_damaged_title,
    text: m.failure_workspace_damaged_text,
  },
  workspace_altered: {
    title: m.failure_workspace_altered_title,
    text: m.failure_workspace_altered_text,
  },
  door_damaged: { title: m.failure_door_damaged_title, text: m.failure_door_damaged_text },
  newer: { title: m.failure_newer_title, text: m.failure_newer_text },
  rolled_back: {
    title: m.failure_rolled_back_title,
    text: m.failure_rolled_back_text,
  },
  workspace_rolled_back: {
    title: m.failure_workspace_rolled_back_title,
    text: m.failure_workspace_rolled_back_text,
  },
  in_use: { title: m.failure_in_use_title, text: m.failure_in_use_text },
  keychain: { title: m.failure_keychain_title, text: m.failure_keychain_text },
  disk_full: { title: m.failure_disk_full_title, text: m.failure_disk_full_text },
  read_only: { title: m.failure_read_only_title, text: m.failure_read_only_text },
  no_model: { title: m.failure_no_model_title, text: m.failure_no_model_text },
  weights_missing: {
    title: m.failure_weights_missing_title,
    text: m.failure_weights_missing_text,
  },
  unsupported: {
    title: m.failure_unsupported_title,
    text: m.failure_unsupported_text,
  },
  provider: { title: m.failure_provider_title, text: m.failure_provider_text },
  bad_key: { title: m.failure_bad_key_title, text: m.failure_bad_key_text },
  rate_limited: {
    title: m.failure_rate_limited_title,
    text: m.failure_rate_limited_text,
  },
  limit_reached: {
    title: m.failure_limit_reached_title,
    text: m.failure_limit_reached_text,
  },
  context_too_long: {
    title: m.failure_context_too_long_title,
    text: m.failure_context_too_long_text,
  },
  busy: { title: m.failure_busy_title, text: m.failure_busy_text },
  internal: { title: m.failure_internal_title, text: m.failure_internal_text },
};

/** What happened, in a few words. */
export function failureTitle(failure: Failure): string {
  return WORDS[failure.code].title();
}

/** What happened and what to do next, in sentences. */
export function failureText(failure: Failure): string {
  const own = failure.message ? translated(failure.message) : null;
  return own ?? WORDS[failure.code].text();
}
