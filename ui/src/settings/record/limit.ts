/**
 * A limit that an event speaks of, in words.
 *
 * Reads, and trusts nothing of its shape: a newer Carrel may limit other things.
 */
import type { Limit, LimitScope } from "../../ipc";
import { limitText as amountText, scopeName } from "../limits";
import { type Json, modelIn, numberIn, objectIn, textIn } from "./event";
import type { Names } from "./names";
import { measureIn } from "./subject";

function scopeIn(of: Json): LimitScope | null {
  const kind = textIn(of, "kind");
  if (kind === "workspace" || kind === "each_profile") return { kind };
  const model = kind === "model" ? modelIn(of, "model") : null;
  if (model) return { kind: "model", model };
  // The others name what they are about in a field that is called like them.
  const about = textIn(of, kind ?? "");
  if (about === null) return null;
  switch (kind) {
    case "role":
      return { kind, role: about };
    case "group":
      return { kind, group: about };
    case "profile":
      return { kind, profile: about };
    case "provider":
      return { kind, provider: about };
    case "route":
      return { kind, route: about };
    case "key":
      return { kind, key: about };
    default:
      return null;
  }
}

function limitIn(what: Json): Limit | null {
  const held = objectIn(what, "limit") ?? {};
  const scope = scopeIn(objectIn(held, "scope") ?? {});
  const measure = measureIn(objectIn(held, "measure") ?? {});
  const most = numberIn(held, "most");
  const pool = numberIn(held, "pool");
  if (scope === null || measure === null || most === null) return null;
  return { scope, measure, most, ...(pool === null ? {} : { pool }) };
}

/** "Everybody together: $5 a month"; empty where it cannot be read. */
export function limitText(what: Json, names: Names): string {
  const limit = limitIn(what);
  return limit ? `${scopeName(limit.scope, names)}: ${amountText(limit)}` : "";
}
