/**
 * What stands in an event's signed text.
 *
 * Reads, and trusts nothing of its shape: a newer Carrel may have written other fields, and a
 * damaged text is shown as it is.
 */
import type { ModelRef, RecordedEvent } from "../../ipc";

export type Json = Readonly<Record<string, unknown>>;

/** Whose signature stands under it. */
export type Signer = { kind: "member"; profile: string } | { kind: "device" } | null;

export interface Signed {
  id: string | null;
  /** The hash of the event before. */
  previous: string | null;
  /** In which unlock. */
  session: string | null;
  /** What the member was by then; none of what an older Carrel recorded. */
  role: string | null;
  signer: Signer;
  /** The kind's own fields, without its name. */
  what: Json;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

export function textIn(of: Json, name: string): string | null {
  const value = of[name];
  return typeof value === "string" ? value : null;
}

export function numberIn(of: Json, name: string): number | null {
  const value = of[name];
  return typeof value === "number" ? value : null;
}

export function objectIn(of: Json, name: string): Json | null {
  const value = of[name];
  return isObject(value) ? value : null;
}

export function textsIn(of: Json, name: string): string[] {
  const value = of[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

export function modelIn(of: Json, name: string): ModelRef | null {
  const value = objectIn(of, name);
  const [provider, model] = value ? [textIn(value, "provider"), textIn(value, "model")] : [];
  return provider != null && model != null ? { provider, model } : null;
}

function signerIn(of: Json): Signer {
  const profile = textIn(objectIn(of, "signer") ?? {}, "profile");
  if (profile !== null) return { kind: "member", profile };
  return of["signer"] === "device" ? { kind: "device" } : null;
}

export function signedOf({ text }: Pick<RecordedEvent, "text">): Signed {
  const event = parsed(text);
  const { kind: _, ...what } = objectIn(event, "what") ?? {};
  return {
    id: textIn(event, "id"),
    previous: textIn(event, "previous"),
    session: textIn(event, "session"),
    role: textIn(event, "role"),
    signer: signerIn(event),
    what,
  };
}

/** The event as one line, as `carrel audit export` writes it. */
export function exported({ text, hash, signature }: RecordedEvent): string {
  return JSON.stringify({ text, hash, signature });
}
