/** What a call consumed, as the record writes it. */
import type { Usage } from "../../ipc";
import { type Json, numberIn, objectIn } from "./event";

/** None where it is unknown, never zero for that. */
export function usageIn(what: Json): Usage | null {
  const usage = objectIn(what, "usage");
  if (usage === null) return null;
  const count = (name: string) => numberIn(usage, name) ?? 0;
  return {
    input: count("input"),
    cached_input: count("cached_input"),
    cache_write: count("cache_write"),
    cache_write_long: count("cache_write_long"),
    output: count("output"),
    reasoning: count("reasoning"),
    estimated: usage["estimated"] === true,
  };
}
