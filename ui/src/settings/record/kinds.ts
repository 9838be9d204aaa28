/** The kinds of events, as the core names them, and the groups people look for them in. */

const GROUPED = {
  people: [
    "workspace_created",
    "member_joined",
    "member_disabled",
    "member_enabled",
    "role_assigned",
    "member_erased",
    "proposal_made",
    "proposal_withdrawn",
    "invitation_made",
    "invitation_revoked",
    "program_made",
    "program_revoked",
    "request_made",
    "request_withdrawn",
    "request_decided",
    "concession_ended",
    "access_viewed",
    "record_exported",
    "checkpoint_made",
    "checkpoints_begun",
    "group_saved",
    "group_removed",
    "usage_exported",
  ],
  sign_in: [
    "signed_in",
    "failed_sign_ins",
    "locked",
    "passphrase_changed",
    "passphrase_removed",
    "recovery_used",
    "passphrase_recovered",
    "recovery_renewed",
  ],
  providers: [
    "provider_saved",
    "provider_nearby",
    "provider_key_saved",
    "provider_key_removed",
    "provider_removed",
    "provider_tested",
    "route_saved",
    "route_removed",
    "price_list_changed",
    "override_saved",
  ],
  policy: ["limits_changed", "limit_nearly_used", "policy_signed", "settings_changed"],
  questions: ["attempt_intent", "attempt_outcome"],
  refusals: ["denied"],
  repairs: [
    "guest_offer_restored",
    "older_file_accepted",
    "backup_restored",
    "workspace_restored",
    "door_restored",
    "spool_damaged",
  ],
} as const;

export type Group = keyof typeof GROUPED;
export type Kind = (typeof GROUPED)[Group][number];

export const GROUPS: readonly Group[] = [
  "people",
  "sign_in",
  "providers",
  "policy",
  "questions",
  "refusals",
  "repairs",
];

export function kindsOf(group: Group): readonly Kind[] {
  return GROUPED[group];
}

const KNOWN: ReadonlySet<string> = new Set(GROUPS.flatMap(kindsOf));

/** False for what a newer Carrel recorded. */
export function isKnown(kind: string): kind is Kind {
  return KNOWN.has(kind);
}
