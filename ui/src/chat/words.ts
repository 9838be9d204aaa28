/** Numbers and ends of answers, as people say them. */
import type { Finish, MessageView, Usage } from "../ipc";

/** Tokens of an answer, read and written. */
export function tokensOf(usage: Usage): number {
  return usage.input + usage.cached_input + usage.cache_write + usage.output + usage.reasoning;
}

/** Whether the answer can go on where it ended. */
export function canContinue({ message }: MessageView): boolean {
  switch (message.finish) {
    case "complete":
    case "refused":
      return false;
    case "length":
    case "stopped":
    case "locked":
    case "stalled":
    case "cut":
    case "interrupted":
    case "failed":
      return message.text !== "";
  }
}

/** Ends that a person chose are told quietly; the others ask for a look. */
export function isQuiet(finish: Finish): boolean {
  return finish === "complete" || finish === "stopped" || finish === "locked";
}

/** The last fenced code in a text, without its fence; null where there is none. */
export function lastCode(markdown: string): string | null {
  let found: string | null = null;
  let open: { mark: string; lines: string[] } | null = null;
  for (const line of markdown.split(/\r\n?|\n/)) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    const mark = fence?.[1] ?? "";
    if (open === null) {
      if (mark !== "") open = { mark, lines: [] };
    } else if (mark.startsWith(open.mark) && fence?.[2]?.trim() === "") {
      found = open.lines.join("\n");
      open = null;
    } else open.lines.push(line);
  }
  return open === null ? found : open.lines.join("\n");
}
