/** What an admin can do and cannot, and what Carrel does not protect from, for one desk. */
import { m } from "../../i18n";
import type { DeskState } from "../../ipc";

export interface Point {
  id: string;
  what: () => string;
  text: () => string;
}

type Whose = Pick<DeskState, "guest" | "has_passphrase">;

const only = (holds: boolean, point: Point): Point[] => (holds ? [point] : []);

export function adminCan({ guest }: Whose): Point[] {
  const where = { id: "where", what: m.whosees_can_where, text: m.whosees_can_where_text };
  if (guest) return [where];
  return [
    where,
    { id: "out", what: m.whosees_can_out, text: m.whosees_can_out_text },
    { id: "role", what: m.whosees_can_role, text: m.whosees_can_role_text },
    { id: "erase", what: m.whosees_can_erase, text: m.whosees_can_erase_text },
    { id: "look", what: m.whosees_can_look, text: m.whosees_can_look_text },
  ];
}

export function adminCannot({ guest, has_passphrase: passphrase }: Whose): Point[] {
  const read = { id: "read", what: m.whosees_cannot_read };
  if (guest) return [{ ...read, text: m.whosees_cannot_read_guest }];
  return [
    { ...read, text: m.whosees_cannot_read_text },
    ...only(passphrase, {
      id: "reset",
      what: m.whosees_cannot_reset,
      text: m.whosees_cannot_reset_text,
    }),
    { id: "backups", what: m.whosees_cannot_backups, text: m.whosees_cannot_backups_text },
    { id: "record", what: m.whosees_cannot_record, text: m.whosees_cannot_record_text },
    { id: "act", what: m.whosees_cannot_act, text: m.whosees_cannot_act_text },
  ];
}

export function notProtected({ guest, has_passphrase: passphrase }: Whose): Point[] {
  const kept = !guest;
  return [
    { id: "provider", what: m.whosees_provider, text: m.whosees_provider_text },
    { id: "open", what: m.whosees_open, text: m.whosees_open_text },
    ...only(kept && !passphrase, {
      id: "login",
      what: m.whosees_login,
      text: m.whosees_login_text,
    }),
    { id: "build", what: m.whosees_build, text: m.whosees_build_text },
    ...only(guest, { id: "offer", what: m.whosees_offer, text: m.whosees_offer_text }),
    ...only(kept, { id: "bypass", what: m.whosees_bypass, text: m.whosees_bypass_text }),
    ...only(kept, { id: "files", what: m.whosees_files, text: m.whosees_files_text }),
    ...only(kept, {
      id: "disk",
      what: m.whosees_disk,
      text: passphrase ? m.whosees_disk_text : m.whosees_disk_login,
    }),
    ...only(kept, { id: "tail", what: m.whosees_tail, text: m.whosees_tail_text }),
    ...only(kept, { id: "token", what: m.whosees_token, text: m.whosees_token_text }),
  ];
}

export const NOT_BUILT: readonly Point[] = [
  { id: "oversight", what: m.whosees_oversight, text: m.whosees_oversight_text },
];
