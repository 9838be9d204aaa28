// Written by commands.test.ts from crates/engine/src/commands.rs; do not edit.
// After a change there: npm test -- -u
import type { About } from "./bindings/About";
import type { AccessView } from "./bindings/AccessView";
import type { Ask } from "./bindings/Ask";
import type { AskFor } from "./bindings/AskFor";
import type { AssignRole } from "./bindings/AssignRole";
import type { BackupList } from "./bindings/BackupList";
import type { BackupView } from "./bindings/BackupView";
import type { BuiltInModels } from "./bindings/BuiltInModels";
import type { Catalogue } from "./bindings/Catalogue";
import type { CatalogueImport } from "./bindings/CatalogueImport";
import type { CellChanges } from "./bindings/CellChanges";
import type { ChangePassphrase } from "./bindings/ChangePassphrase";
import type { ChatList } from "./bindings/ChatList";
import type { ChatPage } from "./bindings/ChatPage";
import type { ChatSummary } from "./bindings/ChatSummary";
import type { ComparedCheckpoint } from "./bindings/ComparedCheckpoint";
import type { ConfirmRecovery } from "./bindings/ConfirmRecovery";
import type { ContentProof } from "./bindings/ContentProof";
import type { CreateWorkspace } from "./bindings/CreateWorkspace";
import type { DecideRequest } from "./bindings/DecideRequest";
import type { DeskState } from "./bindings/DeskState";
import type { DoorAppearance } from "./bindings/DoorAppearance";
import type { DoorState } from "./bindings/DoorState";
import type { Draft } from "./bindings/Draft";
import type { EraseDesk } from "./bindings/EraseDesk";
import type { EraseMember } from "./bindings/EraseMember";
import type { Estimate } from "./bindings/Estimate";
import type { Estimated } from "./bindings/Estimated";
import type { Examination } from "./bindings/Examination";
import type { Explain } from "./bindings/Explain";
import type { ExportRecord } from "./bindings/ExportRecord";
import type { ExportedRecord } from "./bindings/ExportedRecord";
import type { GroupList } from "./bindings/GroupList";
import type { HandWritten } from "./bindings/HandWritten";
import type { ImportCatalogue } from "./bindings/ImportCatalogue";
import type { Invitation } from "./bindings/Invitation";
import type { Invite } from "./bindings/Invite";
import type { JudgePassphrase } from "./bindings/JudgePassphrase";
import type { KeptCheckpoint } from "./bindings/KeptCheckpoint";
import type { LicenceText } from "./bindings/LicenceText";
import type { LimitStandings } from "./bindings/LimitStandings";
import type { ListChats } from "./bindings/ListChats";
import type { LoadMessages } from "./bindings/LoadMessages";
import type { LocalServers } from "./bindings/LocalServers";
import type { LocksIn } from "./bindings/LocksIn";
import type { MadeCheckpoint } from "./bindings/MadeCheckpoint";
import type { MadeProgram } from "./bindings/MadeProgram";
import type { MakeCheckpoint } from "./bindings/MakeCheckpoint";
import type { MakeProgram } from "./bindings/MakeProgram";
import type { MemberList } from "./bindings/MemberList";
import type { MessageView } from "./bindings/MessageView";
import type { ModelList } from "./bindings/ModelList";
import type { ModelTried } from "./bindings/ModelTried";
import type { Nothing } from "./bindings/Nothing";
import type { OneChat } from "./bindings/OneChat";
import type { OneGroup } from "./bindings/OneGroup";
import type { OneInvitation } from "./bindings/OneInvitation";
import type { OneKey } from "./bindings/OneKey";
import type { OneLicence } from "./bindings/OneLicence";
import type { OneMessage } from "./bindings/OneMessage";
import type { OneProgram } from "./bindings/OneProgram";
import type { OneProvider } from "./bindings/OneProvider";
import type { OneRequest } from "./bindings/OneRequest";
import type { OneRoute } from "./bindings/OneRoute";
import type { OneTurn } from "./bindings/OneTurn";
import type { OpenChat } from "./bindings/OpenChat";
import type { OpenLink } from "./bindings/OpenLink";
import type { OwnLimits } from "./bindings/OwnLimits";
import type { PassphraseStrength } from "./bindings/PassphraseStrength";
import type { PolicyHistory } from "./bindings/PolicyHistory";
import type { PolicyView } from "./bindings/PolicyView";
import type { PolicyWords } from "./bindings/PolicyWords";
import type { ProgramList } from "./bindings/ProgramList";
import type { Propose } from "./bindings/Propose";
import type { ProveContent } from "./bindings/ProveContent";
import type { ProveEvent } from "./bindings/ProveEvent";
import type { ProviderHealth } from "./bindings/ProviderHealth";
import type { ProviderList } from "./bindings/ProviderList";
import type { ProviderTest } from "./bindings/ProviderTest";
import type { ProviderView } from "./bindings/ProviderView";
import type { ReadPolicyHistory } from "./bindings/ReadPolicyHistory";
import type { ReadRecord } from "./bindings/ReadRecord";
import type { ReadUsage } from "./bindings/ReadUsage";
import type { RecordPage } from "./bindings/RecordPage";
import type { RecordReport } from "./bindings/RecordReport";
import type { Recover } from "./bindings/Recover";
import type { RecoveryCode } from "./bindings/RecoveryCode";
import type { RedeemInvitation } from "./bindings/RedeemInvitation";
import type { RemovePassphrase } from "./bindings/RemovePassphrase";
import type { RemoveRole } from "./bindings/RemoveRole";
import type { RemoveStatement } from "./bindings/RemoveStatement";
import type { RequestList } from "./bindings/RequestList";
import type { RestoreBackup } from "./bindings/RestoreBackup";
import type { RestoreDoor } from "./bindings/RestoreDoor";
import type { RouteList } from "./bindings/RouteList";
import type { RouteView } from "./bindings/RouteView";
import type { SaveDraft } from "./bindings/SaveDraft";
import type { SaveGroup } from "./bindings/SaveGroup";
import type { SaveKey } from "./bindings/SaveKey";
import type { SaveOverride } from "./bindings/SaveOverride";
import type { SaveProvider } from "./bindings/SaveProvider";
import type { SaveRole } from "./bindings/SaveRole";
import type { SaveRoute } from "./bindings/SaveRoute";
import type { SaveStatement } from "./bindings/SaveStatement";
import type { SavedFile } from "./bindings/SavedFile";
import type { Search } from "./bindings/Search";
import type { SearchResults } from "./bindings/SearchResults";
import type { SelectVersion } from "./bindings/SelectVersion";
import type { SetDisabled } from "./bindings/SetDisabled";
import type { SetFallback } from "./bindings/SetFallback";
import type { Settings } from "./bindings/Settings";
import type { StatementChecked } from "./bindings/StatementChecked";
import type { StayOpen } from "./bindings/StayOpen";
import type { TargetTried } from "./bindings/TargetTried";
import type { TestProvider } from "./bindings/TestProvider";
import type { TryModel } from "./bindings/TryModel";
import type { TryTarget } from "./bindings/TryTarget";
import type { TurnBatches } from "./bindings/TurnBatches";
import type { TurnSince } from "./bindings/TurnSince";
import type { TurnStarted } from "./bindings/TurnStarted";
import type { Unlock } from "./bindings/Unlock";
import type { UpdateChat } from "./bindings/UpdateChat";
import type { UsageView } from "./bindings/UsageView";
import type { VerifyRecord } from "./bindings/VerifyRecord";
import type { ViewAccess } from "./bindings/ViewAccess";
import type { Why } from "./bindings/Why";
import type { WithdrawProposal } from "./bindings/WithdrawProposal";
import type { WorkspaceBackups } from "./bindings/WorkspaceBackups";
import type { WorkspaceLimits } from "./bindings/WorkspaceLimits";
import type { WorkspaceRules } from "./bindings/WorkspaceRules";
import type { WrittenProof } from "./bindings/WrittenProof";

/** Commands with one request and one response. */
export interface Commands {
  door_state: { request: Nothing; response: DoorState };
  set_appearance: { request: DoorAppearance; response: Nothing };
  judge_passphrase: { request: JudgePassphrase; response: PassphraseStrength };
  create_workspace: { request: CreateWorkspace; response: RecoveryCode };
  redeem_invitation: { request: RedeemInvitation; response: RecoveryCode };
  unlock: { request: Unlock; response: DeskState };
  recover: { request: Recover; response: RecoveryCode };
  open_guest: { request: Nothing; response: DeskState };
  list_backups: { request: Unlock; response: BackupList };
  restore_backup: { request: RestoreBackup; response: Nothing };
  list_workspace_backups: { request: Unlock; response: WorkspaceBackups };
  restore_workspace: { request: RestoreBackup; response: Nothing };
  list_door_backups: { request: Nothing; response: BackupList };
  restore_door: { request: RestoreDoor; response: Nothing };
  about: { request: Nothing; response: About };
  read_licence: { request: OneLicence; response: LicenceText };
  examine_door: { request: Nothing; response: Examination };
  desk_state: { request: Nothing; response: DeskState };
  lock: { request: Nothing; response: Nothing };
  stay_open: { request: StayOpen; response: LocksIn };
  new_window: { request: Nothing; response: Nothing };
  switch_desk: { request: Nothing; response: Nothing };
  open_link: { request: OpenLink; response: Nothing };
  confirm_recovery: { request: ConfirmRecovery; response: DeskState };
  renew_recovery: { request: Nothing; response: RecoveryCode };
  change_passphrase: { request: ChangePassphrase; response: Nothing };
  remove_passphrase: { request: RemovePassphrase; response: Nothing };
  erase_desk: { request: EraseDesk; response: Nothing };
  back_up: { request: Nothing; response: BackupView };
  examine_desk: { request: Nothing; response: Examination };
  list_chats: { request: ListChats; response: ChatList };
  open_chat: { request: OpenChat; response: ChatPage };
  load_messages: { request: LoadMessages; response: ChatPage };
  select_version: { request: SelectVersion; response: ChatPage };
  read_message: { request: OneMessage; response: MessageView };
  update_chat: { request: UpdateChat; response: ChatSummary };
  delete_chat: { request: OneChat; response: Nothing };
  delete_message: { request: OneMessage; response: Nothing };
  prove_content: { request: ProveContent; response: ContentProof };
  save_draft: { request: SaveDraft; response: Nothing };
  read_new_draft: { request: Nothing; response: Draft };
  search: { request: Search; response: SearchResults };
  stop: { request: OneTurn; response: Nothing };
  skip_wait: { request: OneTurn; response: Nothing };
  turn_since: { request: TurnSince; response: TurnBatches };
  list_models: { request: Nothing; response: ModelList };
  explain: { request: Explain; response: Why };
  own_limits: { request: Nothing; response: OwnLimits };
  estimate: { request: Estimate; response: Estimated };
  list_providers: { request: Nothing; response: ProviderList };
  save_provider: { request: SaveProvider; response: ProviderView };
  remove_provider: { request: OneProvider; response: Nothing };
  save_key: { request: SaveKey; response: ProviderView };
  remove_key: { request: OneKey; response: ProviderView };
  test_provider: { request: TestProvider; response: ProviderTest };
  try_model: { request: TryModel; response: ModelTried };
  try_target: { request: TryTarget; response: TargetTried };
  detect_local: { request: Nothing; response: LocalServers };
  list_built_in: { request: Nothing; response: BuiltInModels };
  set_fallback: { request: SetFallback; response: Nothing };
  list_routes: { request: Nothing; response: RouteList };
  save_route: { request: SaveRoute; response: RouteView };
  remove_route: { request: OneRoute; response: Nothing };
  provider_health: { request: Nothing; response: ProviderHealth };
  read_catalogue: { request: Nothing; response: Catalogue };
  save_override: { request: SaveOverride; response: Catalogue };
  import_catalogue: { request: ImportCatalogue; response: CatalogueImport };
  drop_catalogue: { request: Nothing; response: Catalogue };
  read_usage: { request: ReadUsage; response: UsageView };
  export_usage: { request: ReadUsage; response: SavedFile };
  read_limits: { request: Nothing; response: LimitStandings };
  write_limits: { request: WorkspaceLimits; response: LimitStandings };
  read_policy: { request: Nothing; response: PolicyView };
  preview_cells: { request: CellChanges; response: PolicyView };
  write_cells: { request: CellChanges; response: PolicyView };
  save_role: { request: SaveRole; response: PolicyView };
  remove_role: { request: RemoveRole; response: PolicyView };
  policy_words: { request: Nothing; response: PolicyWords };
  check_statement: { request: HandWritten; response: StatementChecked };
  save_statement: { request: SaveStatement; response: PolicyView };
  remove_statement: { request: RemoveStatement; response: PolicyView };
  read_policy_history: { request: ReadPolicyHistory; response: PolicyHistory };
  view_access: { request: ViewAccess; response: AccessView };
  list_requests: { request: Nothing; response: RequestList };
  ask_for: { request: AskFor; response: RequestList };
  withdraw_request: { request: OneRequest; response: RequestList };
  saw_news: { request: Nothing; response: Nothing };
  decide_request: { request: DecideRequest; response: RequestList };
  take_back: { request: OneRequest; response: RequestList };
  read_record: { request: ReadRecord; response: RecordPage };
  verify_record: { request: VerifyRecord; response: RecordReport };
  make_checkpoint: { request: MakeCheckpoint; response: MadeCheckpoint };
  compare_checkpoint: { request: KeptCheckpoint; response: ComparedCheckpoint };
  prove_event: { request: ProveEvent; response: WrittenProof };
  prove_growth: { request: KeptCheckpoint; response: WrittenProof };
  export_record: { request: ExportRecord; response: ExportedRecord };
  list_members: { request: Nothing; response: MemberList };
  list_groups: { request: Nothing; response: GroupList };
  save_group: { request: SaveGroup; response: GroupList };
  remove_group: { request: OneGroup; response: GroupList };
  invite: { request: Invite; response: Invitation };
  revoke_invitation: { request: OneInvitation; response: Nothing };
  set_disabled: { request: SetDisabled; response: Nothing };
  assign_role: { request: AssignRole; response: Nothing };
  erase_member: { request: EraseMember; response: Nothing };
  propose: { request: Propose; response: MemberList };
  withdraw_proposal: { request: WithdrawProposal; response: MemberList };
  read_rules: { request: Nothing; response: WorkspaceRules };
  write_rules: { request: WorkspaceRules; response: WorkspaceRules };
  list_programs: { request: Nothing; response: ProgramList };
  make_program: { request: MakeProgram; response: MadeProgram };
  revoke_program: { request: OneProgram; response: ProgramList };
  read_settings: { request: Nothing; response: Settings };
  write_settings: { request: Settings; response: Settings };
}

/** Commands that also stream batches of turn events. */
export interface Streams {
  ask: { request: Ask; response: TurnStarted };
}

/** Every command's name, in the order of the engine's list. */
export const COMMAND_NAMES = [
  "door_state",
  "set_appearance",
  "judge_passphrase",
  "create_workspace",
  "redeem_invitation",
  "unlock",
  "recover",
  "open_guest",
  "list_backups",
  "restore_backup",
  "list_workspace_backups",
  "restore_workspace",
  "list_door_backups",
  "restore_door",
  "about",
  "read_licence",
  "examine_door",
  "desk_state",
  "lock",
  "stay_open",
  "new_window",
  "switch_desk",
  "open_link",
  "confirm_recovery",
  "renew_recovery",
  "change_passphrase",
  "remove_passphrase",
  "erase_desk",
  "back_up",
  "examine_desk",
  "list_chats",
  "open_chat",
  "load_messages",
  "select_version",
  "read_message",
  "update_chat",
  "delete_chat",
  "delete_message",
  "prove_content",
  "save_draft",
  "read_new_draft",
  "search",
  "stop",
  "skip_wait",
  "turn_since",
  "list_models",
  "explain",
  "own_limits",
  "estimate",
  "list_providers",
  "save_provider",
  "remove_provider",
  "save_key",
  "remove_key",
  "test_provider",
  "try_model",
  "try_target",
  "detect_local",
  "list_built_in",
  "set_fallback",
  "list_routes",
  "save_route",
  "remove_route",
  "provider_health",
  "read_catalogue",
  "save_override",
  "import_catalogue",
  "drop_catalogue",
  "read_usage",
  "export_usage",
  "read_limits",
  "write_limits",
  "read_policy",
  "preview_cells",
  "write_cells",
  "save_role",
  "remove_role",
  "policy_words",
  "check_statement",
  "save_statement",
  "remove_statement",
  "read_policy_history",
  "view_access",
  "list_requests",
  "ask_for",
  "withdraw_request",
  "saw_news",
  "decide_request",
  "take_back",
  "read_record",
  "verify_record",
  "make_checkpoint",
  "compare_checkpoint",
  "prove_event",
  "prove_growth",
  "export_record",
  "list_members",
  "list_groups",
  "save_group",
  "remove_group",
  "invite",
  "revoke_invitation",
  "set_disabled",
  "assign_role",
  "erase_member",
  "propose",
  "withdraw_proposal",
  "read_rules",
  "write_rules",
  "list_programs",
  "make_program",
  "revoke_program",
  "read_settings",
  "write_settings",
  "ask",
] as const;
