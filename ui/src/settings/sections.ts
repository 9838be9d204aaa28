/** The settings' sections, in order, and who has them. */
import type { Desk, SettingsSection } from "../desk/desk.svelte";
import { m } from "../i18n";
import type { IconName } from "../kit";

/** What a section is about; those of one stand together. */
export type Group = "desk" | "people" | "models" | "computer";

const GROUPS: Record<Group, () => string> = {
  desk: m.settings_group_desk,
  people: m.settings_group_people,
  models: m.settings_group_models,
  computer: m.settings_group_computer,
};

export const groupName = (group: Group) => GROUPS[group]();

export interface Section {
  id: SettingsSection;
  group: Group;
  icon: IconName;
  title: () => string;
  lead: (desk: Desk) => string;
  /** Changes wait there that are not saved; where there can be none, nothing. */
  unsaved?: (desk: Desk) => boolean;
  /** How much waits there for this person. */
  waiting?: (desk: Desk) => number;
}

const ALL: readonly (Section & { shown: (desk: Desk) => boolean })[] = [
  {
    id: "appearance",
    group: "desk",
    icon: "sun",
    title: m.settings_appearance,
    lead: () => m.settings_appearance_lead(),
    shown: () => true,
  },
  {
    id: "chat",
    group: "desk",
    icon: "chat",
    title: m.settings_chat,
    lead: () => m.settings_chat_lead(),
    shown: () => true,
  },
  {
    id: "privacy",
    group: "desk",
    icon: "lock",
    title: m.settings_privacy,
    lead: (desk) =>
      desk.state.has_passphrase ? m.settings_privacy_lead() : m.settings_privacy_lead_login(),
    shown: (desk) => !desk.state.guest,
  },
  {
    id: "access",
    group: "desk",
    icon: "shield-check",
    title: m.settings_access,
    lead: () => m.settings_access_lead(),
    shown: (desk) => desk.may("request.make"),
  },
  {
    id: "who_sees",
    group: "desk",
    icon: "help",
    title: m.settings_who_sees,
    lead: ({ state }) => {
      if (state.guest) return m.settings_who_sees_lead_guest();
      return state.has_passphrase ? m.settings_who_sees_lead() : m.settings_who_sees_lead_login();
    },
    shown: () => true,
  },
  {
    id: "members",
    group: "people",
    icon: "users",
    title: m.settings_members,
    lead: () => m.settings_members_lead(),
    shown: (desk) => desk.may("profile.create"),
    waiting: (desk) => desk.news.to_decide + desk.news.to_sign,
  },
  {
    id: "roles",
    group: "people",
    icon: "shield",
    title: m.settings_roles,
    lead: () => m.settings_roles_lead(),
    shown: (desk) => desk.may("policy.sign"),
    unsaved: (desk) => desk.policy.pending.size > 0,
  },
  {
    id: "access_as",
    group: "people",
    icon: "eye",
    title: m.settings_access_as,
    lead: () => m.settings_access_as_lead(),
    shown: (desk) => desk.may("role.assign"),
  },
  {
    id: "models",
    group: "models",
    icon: "server",
    title: m.settings_models,
    lead: () => m.settings_models_lead(),
    shown: (desk) => desk.may("provider.read"),
  },
  {
    id: "record",
    group: "computer",
    icon: "link",
    title: m.settings_record,
    lead: () => m.settings_record_lead(),
    shown: (desk) => desk.may("audit.read"),
  },
  {
    id: "about",
    group: "computer",
    icon: "info",
    title: m.settings_about,
    lead: () => m.settings_about_lead(),
    shown: () => true,
  },
];

/** The sections that exist for this person. */
export function sectionsOf(desk: Desk): Section[] {
  return ALL.filter((section) => section.shown(desk));
}

/** The same in their groups; a group that would be empty is none. */
export function groupsOf(desk: Desk): { group: Group; sections: Section[] }[] {
  const sections = sectionsOf(desk);
  return [...new Set(sections.map(({ group }) => group))].map((group) => ({
    group,
    sections: sections.filter((one) => one.group === group),
  }));
}
