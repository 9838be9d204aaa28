/** The settings' sections, in order, and who has them. */
import type { Desk, SettingsSection } from "../desk/desk.svelte";
import { m } from "../i18n";
import type { IconName } from "../kit";

export interface Section {
  id: SettingsSection;
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
    icon: "sun",
    title: m.settings_appearance,
    lead: () => m.settings_appearance_lead(),
    shown: () => true,
  },
  {
    id: "chat",
    icon: "chat",
    title: m.settings_chat,
    lead: () => m.settings_chat_lead(),
    shown: () => true,
  },
  {
    id: "privacy",
    icon: "lock",
    title: m.settings_privacy,
    lead: (desk) =>
      desk.state.has_passphrase ? m.settings_privacy_lead() : m.settings_privacy_lead_login(),
    shown: (desk) => !desk.state.guest,
  },
  {
    id: "access",
    icon: "shield-check",
    title: m.settings_access,
    lead: () => m.settings_access_lead(),
    shown: (desk) => desk.may("request.make"),
  },
  {
    id: "who_sees",
    icon: "help",
    title: m.settings_who_sees,
    lead: ({ state }) => {
      if (state.guest) return m.settings_who_sees_lead_guest();
      return state.has_passphrase ? m.settings_who_sees_lead() : m.settings_who_sees_lead_login();
    },
    shown: () => true,
  },
  {
    id: "models",
    icon: "server",
    title: m.settings_models,
    lead: () => m.settings_models_lead(),
    shown: (desk) => desk.may("provider.read"),
  },
  {
    id: "members",
    icon: "users",
    title: m.settings_members,
    lead: () => m.settings_members_lead(),
    shown: (desk) => desk.may("profile.create"),
    waiting: (desk) => desk.news.to_decide + desk.news.to_sign,
  },
  {
    id: "roles",
    icon: "shield",
    title: m.settings_roles,
    lead: () => m.settings_roles_lead(),
    shown: (desk) => desk.may("policy.sign"),
    unsaved: (desk) => desk.policy.pending.size > 0,
  },
  {
    id: "access_as",
    icon: "eye",
    title: m.settings_access_as,
    lead: () => m.settings_access_as_lead(),
    shown: (desk) => desk.may("role.assign"),
  },
  {
    id: "record",
    icon: "link",
    title: m.settings_record,
    lead: () => m.settings_record_lead(),
    shown: (desk) => desk.may("audit.read"),
  },
  {
    id: "about",
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
