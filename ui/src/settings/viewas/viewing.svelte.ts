/**
 * Whose access an admin looks at.
 *
 * To look is recorded, and the member is told: nothing is asked of the core before one is chosen.
 */
import type { Desk } from "../../desk/desk.svelte";
import { asFailure, call, type AccessView, type Failure, type MemberView } from "../../ipc";
import { BUILT_IN_ROLES, readRoles } from "../roles";

export class Viewing {
  /** Who can be looked at; null until it is known. */
  members = $state.raw<readonly MemberView[] | null>(null);
  chosen = $state.raw<MemberView | null>(null);
  view = $state.raw<AccessView | null>(null);
  roles = $state.raw(BUILT_IN_ROLES);
  failure = $state.raw<Failure | null>(null);
  /** What the admin asks why of, by its row. */
  row = $state<string | null>(null);
  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async list(): Promise<void> {
    this.failure = null;
    try {
      const { members } = await call("list_members");
      this.members = members.filter((one) => !one.erased && !one.is_me);
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  async look(member: MemberView): Promise<void> {
    this.done();
    this.chosen = member;
    try {
      const [view, roles] = await Promise.all([
        call("view_access", { member: member.profile }),
        readRoles(this.#desk),
      ]);
      if (this.chosen !== member) return;
      [this.view, this.roles] = [view, roles];
    } catch (thrown) {
      if (this.chosen === member) this.failure = asFailure(thrown);
    }
  }

  done(): void {
    this.chosen = null;
    this.view = null;
    this.row = null;
    this.failure = null;
  }
}
