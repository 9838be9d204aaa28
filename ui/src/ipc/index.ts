/**
 * The only folder that speaks to the shell.
 *
 * `bindings/` is written by the engine's tests, `commands.ts` by ours.
 */
export { ask, call } from "./client";
export type { Commands } from "./commands";
export { asFailure, CommandFailed } from "./failure";
export type * from "./types";
