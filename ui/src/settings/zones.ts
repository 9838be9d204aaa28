/** Time zones to choose from: where days and months of limits begin. */

/** Where they begin while nobody chose. */
export const UTC = "UTC";

/** As many as a list shows at once. */
const SHOWN = 60;

/** A zone as people read it: "America/New York". */
export function zoneName(zone: string | null): string {
  return (zone ?? UTC).replaceAll("_", " ");
}

/** UTC, this computer's own and the one that is set, then all others; each once. */
export function zonesFrom(
  all: readonly string[],
  here: string,
  set: string | null,
): readonly string[] {
  return [...new Set([UTC, here, set ?? UTC, ...all])];
}

/** The zones that have every word in their name, in any case and order. */
export function zonesLike(zones: readonly string[], typed: string): string[] {
  const words = plain(typed).split(/[ /]+/).filter(Boolean);
  const like = (zone: string) => words.every((word) => plain(zone).includes(word));
  return zones.filter(like).slice(0, SHOWN);
}

/** The accents that people type and that no zone has, too: "São Paulo". */
function plain(text: string): string {
  return text.replaceAll("_", " ").normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
