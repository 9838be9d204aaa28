/**
 * What stands beside each member: their desk as the door sees it, and what they spent.
 *
 * Only amounts and times. What cannot be read is left out; the list itself still stands.
 */
import type { Desk } from "../desk/desk.svelte";
import { call, type DeskCard, type ProfileId, type UsageSums } from "../ipc";
import { periodText } from "../usage/words";

/** What this month cost, by person. */
export interface Spent {
  /** "November". */
  month: string;
  by: ReadonlyMap<ProfileId, UsageSums>;
}

export interface Beside {
  desks: ReadonlyMap<ProfileId, DeskCard>;
  /** None for those who may not see what others use. */
  spent: Spent | null;
}

export const NOTHING_BESIDE: Beside = { desks: new Map(), spent: null };

export async function readBeside(desk: Desk): Promise<Beside> {
  const [desks, spent] = await Promise.all([
    readDesks().catch(() => NOTHING_BESIDE.desks),
    readSpent(desk).catch(() => null),
  ]);
  return { desks, spent };
}

async function readDesks(): Promise<Beside["desks"]> {
  const { desks } = await call("door_state");
  return new Map(desks.map((card) => [card.profile, card]));
}

async function readSpent(desk: Desk): Promise<Spent | null> {
  if (!desk.may("usage.read.any")) return null;
  const asked = { of: { kind: "everyone" }, period: "month", back: 0 } as const;
  const view = await call("read_usage", asked);
  const by = new Map(view.people.map((one) => [one.profile, one.sums]));
  return { month: periodText({ asked, view, at: Date.now() }), by };
}
