/**
 * Where this window is: at the door, in a step before the desk, or at it.
 *
 * One union for all places, so that no two can be shown at once. Lock ends
 * the window; `start` also serves a window that comes to an open desk.
 */
import { applyAppearance } from "./desk/appearance";
import { Desk } from "./desk/desk.svelte";
import {
  asFailure,
  call,
  type DeskCard,
  type DeskState,
  type DoorState,
  type Failure,
  type RecoveryCode,
} from "./ipc";

export type Place =
  | { at: "starting" }
  | { at: "failed"; failure: Failure }
  | { at: "first_run" }
  | { at: "chooser"; door: DoorState }
  | { at: "join"; door: DoorState }
  | { at: "recover"; door: DoorState; card: DeskCard }
  | { at: "repair"; door: DoorState; card: DeskCard; passphrase: string; failure: Failure }
  | { at: "repair_workspace"; card: DeskCard; passphrase: string; failure: Failure }
  | { at: "code"; code: RecoveryCode; after: "first_run" | "join" | "recover" }
  | { at: "model" }
  | { at: "desk"; desk: Desk };

export class App {
  place = $state.raw<Place>({ at: "starting" });
  /** The workspace's name, where it is known; for the door's head. */
  workspaceName = $state<string | null>(null);
  /** What people call this computer, where it has a name. */
  computerName = $state<string | null>(null);
  appearance = $state.raw<DoorState["appearance"]>({
    theme: "system",
    text_scale: 1,
    language: null,
  });

  /** Asks the core where this window belongs. */
  async start(): Promise<void> {
    const [door, desk] = await Promise.allSettled([call("door_state"), call("desk_state")]);
    if (door.status === "fulfilled") this.#wear(door.value);
    if (desk.status === "fulfilled") return this.enter(desk.value);
    if (door.status === "rejected") {
      this.place = { at: "failed", failure: asFailure(door.reason) };
      return;
    }
    this.#show(door.value);
  }

  /** Back to the chooser (or the first run), with fresh cards. */
  async toDoor(): Promise<void> {
    try {
      const door = await call("door_state");
      this.#wear(door);
      this.#show(door);
    } catch (thrown) {
      this.place = { at: "failed", failure: asFailure(thrown) };
    }
  }

  async enter(state: DeskState): Promise<void> {
    try {
      const settings = await call("read_settings");
      const hide = () => {
        this.place = { at: "starting" };
      };
      const settle = () => void this.start();
      this.place = { at: "desk", desk: new Desk(state, settings, { hide, settle }) };
    } catch (thrown) {
      this.place = { at: "failed", failure: asFailure(thrown) };
    }
  }

  /** Shows what can be done about a failure of files; false where it is none. */
  repair(door: DoorState, card: DeskCard, passphrase: string, failure: Failure): boolean {
    switch (failure.code) {
      case "damaged":
      case "rolled_back":
        this.place = { at: "repair", door, card, passphrase, failure };
        return true;
      case "workspace_damaged":
      case "workspace_altered":
      case "workspace_rolled_back":
        // The desk is whole: nothing of it is offered for replacing.
        this.place = { at: "repair_workspace", card, passphrase, failure };
        return true;
      default:
        return false;
    }
  }

  /** After the code was typed back: the model at first run, else the desk. */
  async afterCode(state: DeskState, after: "first_run" | "join" | "recover"): Promise<void> {
    if (after === "first_run") this.place = { at: "model" };
    else await this.enter(state);
  }

  async wear(change: Partial<DoorState["appearance"]>): Promise<void> {
    this.appearance = { ...this.appearance, ...change };
    applyAppearance(this.appearance);
    await call("set_appearance", this.appearance);
  }

  #wear(door: DoorState): void {
    this.workspaceName = door.workspace_name;
    this.computerName = door.computer_name;
    this.appearance = door.appearance;
    applyAppearance(door.appearance);
  }

  #show(door: DoorState): void {
    if (door.failure) this.place = { at: "failed", failure: door.failure };
    else if (door.first_run) this.place = { at: "first_run" };
    else this.place = { at: "chooser", door };
  }
}
