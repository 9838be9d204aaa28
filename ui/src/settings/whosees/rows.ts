/** What there is of a person here, and what each role sees of it. Tests hold it to the policy. */
import { m } from "../../i18n";
import type { IconName } from "../../kit";

export const VIEWERS = ["you", "manager", "auditor", "admin"] as const;
export type Viewer = (typeof VIEWERS)[number];

/** Sealed for the owner, not shown, shown in part, or shown. */
export type Mark = "sealed" | "no" | "part" | "yes";

export interface Cell {
  mark: Mark;
  words: () => string;
}

export interface Row {
  id: string;
  what: () => string;
  detail: () => string;
  /** The permission that shows it to others; none where nothing does. */
  by: string | null;
  cells: Readonly<Record<Viewer, Cell>>;
}

export interface RowGroup {
  id: string;
  title: () => string;
  rows: readonly Row[];
}

const yes = (words: () => string = m.whosees_yes): Cell => ({ mark: "yes", words });
const part = (words: () => string): Cell => ({ mark: "part", words });
const NO: Cell = { mark: "no", words: m.whosees_no };
const SEALED: Cell = { mark: "sealed", words: m.whosees_sealed };

const cells = (you: Cell, manager: Cell, auditor: Cell, admin: Cell) => ({
  you,
  manager,
  auditor,
  admin,
});
const sealed = (you = yes()) => cells(you, SEALED, SEALED, SEALED);
const hidden = (you = yes()) => cells(you, NO, NO, NO);
const recorded = (you: Cell) => cells(you, NO, yes(), yes());
const all = (cell: Cell) => cells(cell, cell, cell, cell);

type Names = Pick<Row, "what" | "detail">;
const row = (id: string, names: Names, by: string | null, seen: Row["cells"]): Row => ({
  id,
  ...names,
  by,
  cells: seen,
});

export const ROWS: readonly RowGroup[] = [
  {
    id: "written",
    title: m.whosees_group_written,
    rows: [
      row("chats", { what: m.whosees_chats, detail: m.whosees_chats_detail }, null, sealed()),
      row(
        "instructions",
        { what: m.whosees_instructions, detail: m.whosees_instructions_detail },
        null,
        sealed(),
      ),
      row(
        "programs",
        { what: m.whosees_programs, detail: m.whosees_programs_detail },
        null,
        sealed(part(m.whosees_only_names)),
      ),
      row(
        "secrets",
        { what: m.whosees_secrets, detail: m.whosees_secrets_detail },
        null,
        hidden(yes(m.whosees_you_alone)),
      ),
    ],
  },
  {
    id: "used",
    title: m.whosees_group_used,
    rows: [
      row(
        "amounts",
        { what: m.whosees_amounts, detail: m.whosees_amounts_detail },
        "usage.read.any",
        cells(yes(), part(m.whosees_shared_groups), yes(), yes()),
      ),
      row(
        "chat_costs",
        { what: m.whosees_chat_costs, detail: m.whosees_chat_costs_detail },
        null,
        sealed(),
      ),
      row(
        "limits",
        { what: m.whosees_limits, detail: m.whosees_limits_detail },
        "role.assign",
        cells(yes(), NO, part(m.whosees_rules_only), yes()),
      ),
    ],
  },
  {
    id: "done",
    title: m.whosees_group_done,
    rows: [
      row(
        "calls",
        { what: m.whosees_calls, detail: m.whosees_calls_detail },
        "audit.read",
        recorded(part(m.whosees_per_answer)),
      ),
      row(
        "entries",
        { what: m.whosees_entries, detail: m.whosees_entries_detail },
        "audit.read",
        recorded(part(m.whosees_as_it_happens)),
      ),
      row(
        "requests",
        { what: m.whosees_requests, detail: m.whosees_requests_detail },
        "request.decide",
        cells(yes(), NO, part(m.whosees_in_record), yes()),
      ),
      row(
        "reason",
        { what: m.whosees_reason, detail: m.whosees_reason_detail },
        "request.decide",
        cells(yes(), NO, NO, yes()),
      ),
    ],
  },
  {
    id: "are",
    title: m.whosees_group_are,
    rows: [
      row(
        "name",
        { what: m.whosees_name, detail: m.whosees_name_detail },
        "member.read",
        all(yes()),
      ),
    ],
  },
  {
    id: "shared",
    title: m.whosees_group_shared,
    rows: [
      row(
        "keys",
        { what: m.whosees_keys, detail: m.whosees_keys_detail },
        "provider.read",
        all(part(m.whosees_last_four)),
      ),
    ],
  },
];

/** At the guest desk nothing is stored, and the record knows no name. */
export const GUEST_ROWS: readonly RowGroup[] = [
  {
    id: "written",
    title: m.whosees_group_written,
    rows: [row("chats", { what: m.whosees_chats, detail: m.whosees_chats_guest }, null, hidden())],
  },
  {
    id: "done",
    title: m.whosees_group_done,
    rows: [
      row(
        "calls",
        { what: m.whosees_calls, detail: m.whosees_calls_guest },
        "audit.read",
        recorded(part(m.whosees_per_answer)),
      ),
      row(
        "entries",
        { what: m.whosees_entries, detail: m.whosees_entries_guest },
        "audit.read",
        recorded(part(m.whosees_as_it_happens)),
      ),
    ],
  },
];

export const MARKS: Readonly<Record<Mark, IconName>> = {
  sealed: "lock",
  no: "minus",
  part: "check",
  yes: "check",
};
