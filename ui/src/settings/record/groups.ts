/** What the groups of kinds are called. */
import { m } from "../../i18n";
import type { Group } from "./kinds";

export function groupName(group: Group): string {
  switch (group) {
    case "people":
      return m.record_group_people();
    case "sign_in":
      return m.record_group_sign_in();
    case "providers":
      return m.record_group_providers();
    case "policy":
      return m.record_group_policy();
    case "questions":
      return m.record_group_questions();
    case "refusals":
      return m.record_group_refusals();
    case "repairs":
      return m.record_group_repairs();
  }
}
