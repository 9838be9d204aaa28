/** Permissions in words: what was refused. */
import { m } from "../../i18n";

const WORDS: Readonly<Record<string, () => string>> = {
  "desk.use": m.record_action_desk_use,
  "chat.send": m.record_action_chat_send,
  "chat.read.own": m.record_action_chat_read_own,
  "model.use": m.record_action_model_use,
  "route.use": m.record_action_route_use,
  "endpoint.use": m.record_action_endpoint_use,
  "instructions.set.own": m.record_action_instructions_set_own,
  "profile.keep": m.record_action_profile_keep,
  "profile.create": m.record_action_profile_create,
  "profile.disable": m.record_action_profile_disable,
  "profile.erase": m.record_action_profile_erase,
  "role.assign": m.record_action_role_assign,
  "group.manage": m.record_action_group_manage,
  "member.read": m.record_action_member_read,
  "provider.read": m.record_action_provider_read,
  "provider.configure": m.record_action_provider_configure,
  "key.manage": m.record_action_key_manage,
  "budget.set": m.record_action_budget_set,
  "policy.sign": m.record_action_policy_sign,
  "request.make": m.record_action_request_make,
  "request.decide": m.record_action_request_decide,
  "usage.read.own": m.record_action_usage_read_own,
  "usage.read.any": m.record_action_usage_read_any,
  "audit.read": m.record_action_audit_read,
};

/** "use a model"; one that only a newer Carrel knows by its own name. */
export function actionText(action: string): string {
  return WORDS[action]?.() ?? action;
}
