/** Does what an admin wants of a member, or proposes it where another one has to sign. */
import { m } from "../../i18n";
import { call, type MemberList, type MemberView, type Proposed } from "../../ipc";
import { toasts } from "../../kit";
import type { Way } from "./proposals";

interface Members {
  onlist: (list: MemberList) => void;
  onload: () => Promise<void>;
}

export type Perform = (
  way: Way,
  member: MemberView,
  wanted: Proposed,
  work: () => Promise<void>,
) => Promise<void>;

/** Throws what the core refuses with, after a look at how it stands now. */
export function performer({ onlist, onload }: Members): Perform {
  return async (way, { profile: member }, wanted, work) => {
    try {
      if (way === "propose" || way === "waiting") {
        onlist(await call("propose", { member, wanted }));
        const [title, detail] = [m.proposals_made(), m.proposals_made_detail()];
        toasts.show({ title, detail, icon: "clock" });
        return;
      }
      await work();
    } catch (thrown) {
      await onload();
      throw thrown;
    }
    await onload();
  };
}
