/** What differs between two texts, line by line. */

export interface Line {
  mark: "same" | "removed" | "added";
  text: string;
}

/** Beyond so many pairs of lines, texts are shown one after the other. */
const MOST_PAIRS = 1_000_000;

const linesOf = (text: string | null) => (text === null ? [] : text.trimEnd().split("\n"));

const marked = (mark: Line["mark"], lines: readonly string[]): Line[] =>
  lines.map((text) => ({ mark, text }));

/** Removed lines stand before those that came in their place; null is a text that is not there. */
export function diffed(before: string | null, after: string | null): Line[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const most = Math.min(old.length, now.length);
  let head = 0;
  while (head < most && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const middle = between(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return [
    ...marked("same", old.slice(0, head)),
    ...middle,
    ...marked("same", old.slice(old.length - tail)),
  ];
}

/** By the longest common run of lines (Hunt and McIlroy, 1976, in its plain form). */
function between(old: readonly string[], now: readonly string[]): Line[] {
  if (old.length * now.length > MOST_PAIRS)
    return [...marked("removed", old), ...marked("added", now)];
  const width = now.length + 1;
  const longest = new Uint32Array((old.length + 1) * width);
  const at = (one: number, other: number) => longest[one * width + other] ?? 0;
  for (let one = old.length - 1; one >= 0; one -= 1)
    for (let other = now.length - 1; other >= 0; other -= 1)
      longest[one * width + other] =
        old[one] === now[other]
          ? at(one + 1, other + 1) + 1
          : Math.max(at(one + 1, other), at(one, other + 1));
  const lines: Line[] = [];
  let [one, other] = [0, 0];
  while (one < old.length || other < now.length) {
    const [was, is] = [old[one], now[other]];
    if (was !== undefined && was === is) {
      lines.push({ mark: "same", text: was });
      one += 1;
      other += 1;
    } else if (
      was !== undefined &&
      (is === undefined || at(one + 1, other) >= at(one, other + 1))
    ) {
      lines.push({ mark: "removed", text: was });
      one += 1;
    } else {
      lines.push({ mark: "added", text: is ?? "" });
      other += 1;
    }
  }
  return lines;
}
