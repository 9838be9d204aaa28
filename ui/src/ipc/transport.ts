/**
 * The way to the core.
 *
 * Sends a command and hands back what came. Knows no command by name; tests
 * and the development page put another transport in its place.
 */
import { Channel, invoke } from "@tauri-apps/api/core";
import type { TurnBatch } from "./bindings/TurnBatch";

export interface Transport {
  /** Resolves with the response, rejects with a `Failure` or a shell error. */
  call(name: string, request: unknown): Promise<unknown>;
  /** The same with a sink for the turn's batches, in order of arrival. */
  stream(name: string, request: unknown, onBatch: (batch: TurnBatch) => void): Promise<unknown>;
}

const shell: Transport = {
  call: (name, request) => invoke("call", { name, request }),
  stream: (_name, request, onBatch) =>
    invoke("ask", { request, events: new Channel<TurnBatch>(onBatch) }),
};

let current: Transport = shell;

export function transport(): Transport {
  return current;
}

/** Tests and the development page only; production keeps the shell. */
export function useTransport(other: Transport): void {
  current = other;
}
