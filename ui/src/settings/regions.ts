/** Codes of regions as they are typed: "eu", "us", "eu-west". */
import { m, spoken } from "../i18n";
import type { Region } from "../ipc";

/** A provider, or the workspace's home, has at most so many. */
export const MOST = 20;

/** Offered where they are not there yet. */
const COMMON: readonly Region[] = ["eu", "us", "gb", "de", "fr", "ch", "ca", "jp"];

export const suggested = (regions: readonly Region[]) =>
  COMMON.filter((one) => !regions.includes(one));

/** What was typed, as a code. */
export const codeOf = (typed: string): Region => typed.trim().toLowerCase();

/** Why a code cannot be added; empty where it can. */
export function problemOf(code: Region, regions: readonly Region[]): string {
  if (code === "" || regions.includes(code)) return "";
  if (!/^[a-z0-9-]{2,16}$/.test(code)) return m.regions_problem();
  return regions.length >= MOST ? m.regions_most({ count: MOST }) : "";
}

/** "European Union" for "eu"; the code itself where it is no country's. */
export function placeOf(code: Region): string {
  if (!/^[a-z]{2}$/.test(code)) return code.toUpperCase();
  const names = new Intl.DisplayNames(spoken.current, { type: "region", fallback: "none" });
  return names.of(code.toUpperCase()) ?? code.toUpperCase();
}
