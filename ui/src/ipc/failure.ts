/**
 * Whatever a command rejects with, as one shape.
 *
 * The core sends `Failure`; the shell may add errors of its own (a refused
 * command, a window that closes). Both end here, and nothing is lost.
 */
import type { Failure } from "./bindings/Failure";

/** Thrown by `call` and `ask`. */
export class CommandFailed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = "CommandFailed";
  }
}

function isFailure(value: unknown): value is Failure {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "message" in value &&
    typeof value.message === "string" &&
    "rule_ids" in value &&
    Array.isArray(value.rule_ids)
  );
}

/** The `Failure` in anything that was thrown. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof CommandFailed) return thrown.failure;
  if (isFailure(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message, retry_at: null, rule_ids: [], denied: null };
}
