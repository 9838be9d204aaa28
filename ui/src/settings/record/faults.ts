/** Whether the record holds, in words: where it does not, what that means and what to do. */
import { m, spoken } from "../../i18n";
import type { FaultKind, RecordFault, RecordReport } from "../../ipc";

const number = (count: number) => new Intl.NumberFormat(spoken.current).format(count);

const WORDS: Record<FaultKind, (sequence: number) => string> = {
  changed: m.record_fault_changed,
  gap: (sequence) => m.record_fault_gap({ before: number(sequence - 1) }),
  unknown_signer: m.record_fault_unknown_signer,
  bad_signature: m.record_fault_bad_signature,
  cut: m.record_fault_cut,
  forked: m.record_fault_forked,
  not_as_checkpointed: m.record_fault_not_as_checkpointed,
  bad_checkpoint: m.record_fault_bad_checkpoint,
  checkpoints_gone: m.record_fault_checkpoints_gone,
};

/** Of the checkpoints that Carrel makes by itself. */
export function checkpointsText(report: RecordReport): string {
  const { checkpoints, checkpointed, first_key, begun } = report;
  if (first_key === null) return m.record_checkpoints_none();
  if (checkpoints < begun) return m.record_checkpoints_removed();
  const words = { count: number(checkpoints), event: number(checkpointed) };
  const held = checkpoints === 1 ? m.record_checkpoints_one(words) : m.record_checkpoints(words);
  if (begun <= 1) return held;
  return `${held} ${begun === 2 ? m.record_checkpoints_again() : m.record_checkpoints_often()}`;
}

export function faultTitle({ sequence, fault }: RecordFault): string {
  const words = { number: number(sequence) };
  if (fault === "checkpoints_gone") return m.record_fault_title_checkpoints();
  return fault === "cut" ? m.record_fault_title_cut(words) : m.record_fault_title(words);
}

const isOfCheckpoint = (fault: FaultKind) =>
  fault === "not_as_checkpointed" || fault === "bad_checkpoint" || fault === "checkpoints_gone";

/** What is wrong there, and how much before it holds. */
export function faultText({ sequence, fault }: RecordFault): string {
  const what =
    sequence === 1 && fault === "gap" ? m.record_fault_gap_first() : WORDS[fault](sequence);
  const before = sequence - 1;
  // What a checkpoint contradicts may be anywhere before it.
  if (before === 0 || isOfCheckpoint(fault)) return what;
  const held = before === 1 ? m.record_held_one() : m.record_held({ count: number(before) });
  return `${what} ${held}`;
}

/** "Unbroken: 1,234 events since 2 March" */
export function unbrokenTitle(events: number, since: string | null): string {
  if (events === 1) return m.record_unbroken_one();
  const count = number(events);
  return since === null
    ? m.record_unbroken_bare({ count })
    : m.record_unbroken({ count, when: since });
}

/** How one event stood when all were checked last; none where that was before it. */
export type Standing = "held" | "faulty" | "behind" | null;

export function standingOf(sequence: number, report: RecordReport | null): Standing {
  if (report === null) return null;
  // Up to a checkpoint that does not hold, only what stands before the last good one is proven.
  const isContradicted = report.fault !== null && isOfCheckpoint(report.fault.fault);
  const proven = isContradicted ? report.checkpointed : report.events;
  if (sequence <= proven) return "held";
  if (report.fault === null) return null;
  if (isContradicted) return "behind";
  return report.fault.sequence === sequence ? "faulty" : "behind";
}
