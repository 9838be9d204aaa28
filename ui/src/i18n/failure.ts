/**
 * A failure in the person's language.
 *
 * The core writes English; in another language the catalogue says the same
 * by code, and what only the core knows follows where it adds something.
 */
import type { Failure, FailureCode } from "../ipc";
import { spoken } from "./language.svelte";
import { m } from "./messages/messages.js";

interface Words {
  title: () => string;
  /** Title and next step; the core's own words follow where `specific`. */
  text: () => string;
  specific: boolean;
}

const WORDS: Record<FailureCode, Words> = {
  wrong_secret: {
    title: m.failure_wrong_secret_title,
    text: m.failure_wrong_secret_text,
    specific: false,
  },
  too_many_tries: {
    title: m.failure_too_many_tries_title,
    text: m.failure_too_many_tries_text,
    specific: false,
  },
  locked: { title: m.failure_locked_title, text: m.failure_locked_text, specific: false },
  denied: { title: m.failure_denied_title, text: m.failure_denied_text, specific: true },
  not_found: { title: m.failure_not_found_title, text: m.failure_not_found_text, specific: true },
  invalid: { title: m.failure_invalid_title, text: m.failure_invalid_text, specific: true },
  damaged: { title: m.failure_damaged_title, text: m.failure_damaged_text, specific: true },
  newer: { title: m.failure_newer_title, text: m.failure_newer_text, specific: true },
  rolled_back: {
    title: m.failure_rolled_back_title,
    text: m.failure_rolled_back_text,
    specific: false,
  },
  in_use: { title: m.failure_in_use_title, text: m.failure_in_use_text, specific: false },
  disk_full: { title: m.failure_disk_full_title, text: m.failure_disk_full_text, specific: false },
  read_only: { title: m.failure_read_only_title, text: m.failure_read_only_text, specific: false },
  no_model: { title: m.failure_no_model_title, text: m.failure_no_model_text, specific: false },
  weights_missing: {
    title: m.failure_weights_missing_title,
    text: m.failure_weights_missing_text,
    specific: false,
  },
  unsupported: {
    title: m.failure_unsupported_title,
    text: m.failure_unsupported_text,
    specific: true,
  },
  provider: { title: m.failure_provider_title, text: m.failure_provider_text, specific: true },
  bad_key: { title: m.failure_bad_key_title, text: m.failure_bad_key_text, specific: false },
  rate_limited: {
    title: m.failure_rate_limited_title,
    text: m.failure_rate_limited_text,
    specific: true,
  },
  context_too_long: {
    title: m.failure_context_too_long_title,
    text: m.failure_context_too_long_text,
    specific: false,
  },
  busy: { title: m.failure_busy_title, text: m.failure_busy_text, specific: false },
  internal: { title: m.failure_internal_title, text: m.failure_internal_text, specific: true },
};

/** What happened, in a few words. */
export function failureTitle(failure: Failure): string {
  return WORDS[failure.code].title();
}

/** What happened and what to do next, in sentences. */
export function failureText(failure: Failure): string {
  if (spoken.current === "en" && failure.message) return failure.message;
  const words = WORDS[failure.code];
  return words.specific && failure.message ? `${words.text()} (${failure.message})` : words.text();
}
