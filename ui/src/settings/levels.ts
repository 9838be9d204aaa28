/** At how many percent of a limit it is said that it is nearly used. */

/** Those that most want. */
const USUAL: readonly number[] = [50, 80, 90, 95];

/** How many there are at most. */
export const MOST_LEVELS = 5;

const rising = (levels: Iterable<number>) =>
  [...new Set(levels)].toSorted((one, other) => one - other);

/** The levels to choose from: the usual ones, and others that are set already. */
export function levelsToChoose(set: readonly number[]): number[] {
  return rising([...USUAL, ...set]);
}

/** The levels that are set once this one is, or is not. */
export function levelsWith(set: readonly number[], level: number, on: boolean): number[] {
  return rising(on ? [...set, level] : set.filter((one) => one !== level));
}
