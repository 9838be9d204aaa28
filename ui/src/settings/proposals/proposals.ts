/** What takes two admins: how far one of them can go alone, and how a proposal reads. */
import { ago, ahead, m } from "../../i18n";
import type { MemberList, MemberView, ProposalView, Proposed } from "../../ipc";

/** One signature is enough; one proposes it; one signs what another proposed; one waits. */
export type Way = "alone" | "propose" | "sign" | "waiting";

/** A member about whom something is proposed. */
export type ProposedMember = MemberView & { proposal: ProposalView };

export const isProposed = (member: MemberView): member is ProposedMember =>
  member.proposal !== null;

export function wayTo(wanted: Proposed, { proposal }: MemberView, twoSignatures: boolean): Way {
  if (!twoSignatures) return "alone";
  if (proposal?.wanted !== wanted) return "propose";
  return proposal.is_mine ? "waiting" : "sign";
}

/** Whether giving the role makes one admin more who may enter. */
export function makesAdmin({ role: has, disabled }: MemberView, role: string): boolean {
  return role === "admin" && has !== "admin" && !disabled;
}

/** Whether letting them in makes one admin more. */
export const letsAdminIn = ({ role, disabled }: MemberView) => role === "admin" && disabled;

/** How many proposals of others wait for this person. */
export function toSign({ members }: MemberList): number {
  return members.filter((one) => one.proposal !== null && !one.proposal.is_mine).length;
}

export const nameIn = ({ members }: MemberList, profile: string) =>
  members.find((one) => one.profile === profile)?.name || m.members_erased();

/** "Tom proposes to make Mira an admin." */
export function proposalText(about: ProposedMember, list: MemberList): string {
  const { proposal, name: member } = about;
  const name = nameIn(list, proposal.by);
  if (proposal.wanted === "erasure") {
    if (about.is_me) return m.proposals_erase_me({ name });
    return proposal.is_mine
      ? m.proposals_erase_mine({ member })
      : m.proposals_erase({ name, member });
  }
  if (letsAdminIn(about))
    return proposal.is_mine
      ? m.proposals_enable_mine({ member })
      : m.proposals_enable({ name, member });
  return proposal.is_mine
    ? m.proposals_admin_mine({ member })
    : m.proposals_admin({ name, member });
}

/** "Proposed yesterday. Can be signed until Friday, 12:00." */
export function timesText({ at, until }: ProposalView, now: number): string {
  return m.proposals_when({ when: ago(at, now), until: ahead(until, now) });
}

/** What a dialog says beside its consequence; empty where one signature is enough. */
export function wayText(way: Way, member: MemberView, list: MemberList): string {
  const { proposal, name } = member;
  switch (way) {
    case "alone":
      return "";
    case "propose":
      return [m.proposals_needs(), proposal && m.proposals_replaces({ member: name })]
        .filter(Boolean)
        .join(" ");
    case "sign":
      return m.proposals_signs({ name: nameIn(list, proposal?.by ?? "") });
    case "waiting":
      return m.proposals_waiting({ until: ahead(proposal?.until ?? 0, Date.now()) });
  }
}
