//! The one list of commands.
//!
//! Shell, command line, tests and the TypeScript client all read this list
//! through `for_each_command!`; a command without an adapter does not compile.
//! `door` commands need no open desk; `desk` commands act on the desk of the
//! calling window; `stream` commands also get a sink for turn events.

/// Calls `$reader!` once with every command.
#[macro_export]
macro_rules! for_each_command {
    ($reader:ident) => {
        $reader! {
            door {
                door_state(Nothing) -> DoorState;
                set_appearance(DoorAppearance) -> Nothing;
                judge_passphrase(JudgePassphrase) -> PassphraseStrength;
                create_workspace(CreateWorkspace) -> RecoveryCode;
                redeem_invitation(RedeemInvitation) -> RecoveryCode;
                unlock(Unlock) -> DeskState;
                recover(Recover) -> RecoveryCode;
                open_guest(Nothing) -> DeskState;
                list_backups(Unlock) -> BackupList;
                restore_backup(RestoreBackup) -> Nothing;
                list_workspace_backups(Unlock) -> WorkspaceBackups;
                restore_workspace(RestoreBackup) -> Nothing;
                list_door_backups(Nothing) -> BackupList;
                restore_door(RestoreDoor) -> Nothing;
                about(Nothing) -> About;
                read_licence(OneLicence) -> LicenceText;
                examine_door(Nothing) -> Examination;
            }
            desk {
                desk_state(Nothing) -> DeskState by DeskUse;
                lock(Nothing) -> Nothing by DeskUse;
                stay_open(StayOpen) -> LocksIn by DeskUse;
                new_window(Nothing) -> Nothing by DeskUse;
                switch_desk(Nothing) -> Nothing by DeskUse;
                open_link(OpenLink) -> Nothing by DeskUse;
                confirm_recovery(ConfirmRecovery) -> DeskState by ProfileKeep;
                renew_recovery(Nothing) -> RecoveryCode by ProfileKeep;
                change_passphrase(ChangePassphrase) -> Nothing by ProfileKeep;
                remove_passphrase(RemovePassphrase) -> Nothing by ProfileKeep;
                erase_desk(EraseDesk) -> Nothing by ProfileErase;
                back_up(Nothing) -> BackupView by ProfileKeep;
                examine_desk(Nothing) -> Examination by ProfileKeep;
                list_chats(ListChats) -> ChatList by ChatReadOwn;
                open_chat(OpenChat) -> ChatPage by ChatReadOwn;
                load_messages(LoadMessages) -> ChatPage by ChatReadOwn;
                select_version(SelectVersion) -> ChatPage by ChatReadOwn;
                read_message(OneMessage) -> MessageView by ChatReadOwn;
                update_chat(UpdateChat) -> ChatSummary by ChatReadOwn;
                delete_chat(OneChat) -> Nothing by ChatReadOwn;
                delete_message(OneMessage) -> Nothing by ChatReadOwn;
                prove_content(ProveContent) -> ContentProof by ChatReadOwn;
                save_draft(SaveDraft) -> Nothing by ChatReadOwn;
                read_new_draft(Nothing) -> Draft by ChatReadOwn;
                search(Search) -> SearchResults by ChatReadOwn;
                stop(OneTurn) -> Nothing by DeskUse;
                skip_wait(OneTurn) -> Nothing by DeskUse;
                turn_since(TurnSince) -> TurnBatches by ChatReadOwn;
                list_models(Nothing) -> ModelList by DeskUse;
                explain(Explain) -> Why by DeskUse;
                own_limits(Nothing) -> OwnLimits by DeskUse;
                estimate(Estimate) -> Estimated by ChatSend;
                list_providers(Nothing) -> ProviderList by ProviderRead;
                save_provider(SaveProvider) -> ProviderView by ProviderConfigure;
                remove_provider(OneProvider) -> Nothing by ProviderConfigure;
                save_key(SaveKey) -> ProviderView by KeyManage;
                remove_key(OneKey) -> ProviderView by KeyManage;
                test_provider(TestProvider) -> ProviderTest by ProviderConfigure;
                try_model(TryModel) -> ModelTried by ProviderConfigure;
                try_target(TryTarget) -> TargetTried by ProviderConfigure;
                detect_local(Nothing) -> LocalServers by ProviderConfigure;
                list_built_in(Nothing) -> BuiltInModels by ProviderConfigure;
                set_fallback(SetFallback) -> Nothing by ProviderConfigure;
                list_routes(Nothing) -> RouteList by ProviderRead;
                save_route(SaveRoute) -> RouteView by ProviderConfigure;
                remove_route(OneRoute) -> Nothing by ProviderConfigure;
                provider_health(Nothing) -> ProviderHealth by ProviderRead;
                read_catalogue(Nothing) -> Catalogue by ProviderRead;
                save_override(SaveOverride) -> Catalogue by ProviderConfigure;
                import_catalogue(ImportCatalogue) -> CatalogueImport by ProviderConfigure;
                drop_catalogue(Nothing) -> Catalogue by ProviderConfigure;
                read_usage(ReadUsage) -> UsageView by UsageReadOwn;
                export_usage(ReadUsage) -> SavedFile by UsageReadOwn;
                read_limits(Nothing) -> LimitStandings by BudgetSet;
                write_limits(WorkspaceLimits) -> LimitStandings by BudgetSet;
                read_policy(Nothing) -> PolicyView by PolicySign;
                preview_cells(CellChanges) -> PolicyView by PolicySign;
                write_cells(CellChanges) -> PolicyView by PolicySign;
                save_role(SaveRole) -> PolicyView by PolicySign;
                remove_role(RemoveRole) -> PolicyView by PolicySign;
                policy_words(Nothing) -> PolicyWords by PolicySign;
                check_statement(HandWritten) -> StatementChecked by PolicySign;
                save_statement(SaveStatement) -> PolicyView by PolicySign;
                remove_statement(RemoveStatement) -> PolicyView by PolicySign;
                read_policy_history(ReadPolicyHistory) -> PolicyHistory by AuditRead;
                view_access(ViewAccess) -> AccessView by RoleAssign;
                list_requests(Nothing) -> RequestList by RequestMake;
                ask_for(AskFor) -> RequestList by RequestMake;
                withdraw_request(OneRequest) -> RequestList by RequestMake;
                saw_news(Nothing) -> Nothing by RequestMake;
                decide_request(DecideRequest) -> RequestList by RequestDecide;
                take_back(OneRequest) -> RequestList by RequestDecide;
                read_record(ReadRecord) -> RecordPage by AuditRead;
                verify_record(VerifyRecord) -> RecordReport by AuditRead;
                make_checkpoint(MakeCheckpoint) -> MadeCheckpoint by AuditRead;
                compare_checkpoint(KeptCheckpoint) -> ComparedCheckpoint by AuditRead;
                prove_event(ProveEvent) -> WrittenProof by AuditRead;
                prove_growth(KeptCheckpoint) -> WrittenProof by AuditRead;
                export_record(ExportRecord) -> ExportedRecord by AuditRead;
                list_members(Nothing) -> MemberList by MemberRead;
                list_groups(Nothing) -> GroupList by MemberRead;
                save_group(SaveGroup) -> GroupList by GroupManage;
                remove_group(OneGroup) -> GroupList by GroupManage;
                invite(Invite) -> Invitation by ProfileCreate;
                revoke_invitation(OneInvitation) -> Nothing by ProfileCreate;
                set_disabled(SetDisabled) -> Nothing by ProfileDisable;
                assign_role(AssignRole) -> Nothing by RoleAssign;
                erase_member(EraseMember) -> Nothing by ProfileErase;
                propose(Propose) -> MemberList by RoleAssign;
                withdraw_proposal(WithdrawProposal) -> MemberList by RoleAssign;
                read_rules(Nothing) -> WorkspaceRules by MemberRead;
                write_rules(WorkspaceRules) -> WorkspaceRules by PolicySign;
                list_programs(Nothing) -> ProgramList by EndpointUse;
                make_program(MakeProgram) -> MadeProgram by EndpointUse;
                revoke_program(OneProgram) -> ProgramList by ProfileKeep;
                read_settings(Nothing) -> Settings by ChatReadOwn;
                write_settings(Settings) -> Settings by ChatReadOwn;
            }
            stream {
                ask(Ask) -> TurnStarted by ChatSend;
            }
        }
    };
}
