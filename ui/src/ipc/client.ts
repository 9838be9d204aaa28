/**
 * The typed client of the one list of commands.
 *
 * Every screen calls through here. A window never says who it is: the shell
 * finds the desk by the window, so no call names the caller.
 */
import type { TurnBatch } from "./bindings/TurnBatch";
import type { Commands, Streams } from "./commands";
import { asFailure, CommandFailed } from "./failure";
import { transport } from "./transport";

/** Nothing to pass where the request has no fields. */
type Arguments<Request> = [keyof Request] extends [symbol] ? [] : [request: Request];

/** Runs a command. Rejects with `CommandFailed`. */
export async function call<Name extends keyof Commands>(
  name: Name,
  ...request: Arguments<Commands[Name]["request"]>
): Promise<Commands[Name]["response"]> {
  try {
    const response = await transport().call(name, request[0] ?? {});
    return response as Commands[Name]["response"];
  } catch (thrown) {
    throw new CommandFailed(asFailure(thrown));
  }
}

/** Asks a question. Batches arrive in order of sending; a gap means `turn_since`. */
export async function ask(
  request: Streams["ask"]["request"],
  onBatch: (batch: TurnBatch) => void,
): Promise<Streams["ask"]["response"]> {
  try {
    const started = await transport().stream("ask", request, onBatch);
    return started as Streams["ask"]["response"];
  } catch (thrown) {
    throw new CommandFailed(asFailure(thrown));
  }
}
