/** Checkpoints that somebody kept: as the core reads them, and how the record stands to one. */
import { m, spoken } from "../../i18n";
import type { ComparedCheckpoint } from "../../ipc";
import type { IconName } from "../../kit";

/** The longest checkpoint that the core reads, in bytes. */
const LONGEST = 4_096;

/** What a file says, so far as it may be a checkpoint; the core refuses what is longer. */
export function beginningOf(file: Blob): Promise<string> {
  return file.slice(0, LONGEST + 1).text();
}

/** A pasted text as it was written: lines end in one way, and nothing stands around them. */
export function noteIn(text: string): string {
  return `${text.replaceAll("\r\n", "\n").trim()}\n`;
}

export interface StandingWords {
  tone: "neutral" | "warn" | "danger";
  icon: IconName;
  title: string;
  text: string;
}

const number = (count: number) => new Intl.NumberFormat(spoken.current).format(count);

/** "1,204 events" */
export function eventsText(size: number): string {
  return size === 1 ? m.record_count_one() : m.record_count({ count: number(size) });
}

function heldWords(signer: string | null, size: number): StandingWords {
  const events = eventsText(size);
  if (signer === null) {
    const [title, text] = [m.checkpoint_unknown_title(), m.checkpoint_unknown({ events })];
    return { tone: "warn", icon: "warn", title, text };
  }
  const text =
    signer === "" ? m.checkpoint_held_erased({ events }) : m.checkpoint_held({ events, signer });
  return { tone: "neutral", icon: "shield-check", title: m.checkpoint_held_title(), text };
}

export function standingWords({ standing, size }: ComparedCheckpoint): StandingWords {
  switch (standing.kind) {
    case "holds":
      return heldWords(standing.signer, size);
    case "changed": {
      const text =
        size === 1 ? m.checkpoint_changed_one() : m.checkpoint_changed({ count: number(size) });
      return { tone: "danger", icon: "warn", title: m.checkpoint_changed_title(), text };
    }
    case "shorter": {
      const text = m.checkpoint_shorter({ count: number(size) });
      return { tone: "danger", icon: "warn", title: m.checkpoint_shorter_title(), text };
    }
    case "unsigned": {
      const [title, text] = [m.checkpoint_unsigned_title(), m.checkpoint_unsigned()];
      return { tone: "warn", icon: "warn", title, text };
    }
    case "foreign": {
      const [title, text] = [m.checkpoint_foreign_title(), m.checkpoint_foreign()];
      return { tone: "warn", icon: "warn", title, text };
    }
  }
}
