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
                desk_state(Nothing) -> DeskState;
                lock(Nothing) -> Nothing;
                stay_open(StayOpen) -> LocksIn;
                new_window(Nothing) -> Nothing;
                switch_desk(Nothing) -> Nothing;
                open_link(OpenLink) -> Nothing;
                confirm_recovery(ConfirmRecovery) -> DeskState;
                renew_recovery(Nothing) -> RecoveryCode;
                change_passphrase(ChangePassphrase) -> Nothing;
                remove_passphrase(RemovePassphrase) -> Nothing;
                erase_desk(EraseDesk) -> Nothing;
                back_up(Nothing) -> BackupView;
                examine_desk(Nothing) -> Examination;
                list_chats(ListChats) -> ChatList;
                open_chat(OpenChat) -> ChatPage;
                load_messages(LoadMessages) -> ChatPage;
                select_version(SelectVersion) -> ChatPage;
                read_message(OneMessage) -> MessageView;
                update_chat(UpdateChat) -> ChatSummary;
                delete_chat(OneChat) -> Nothing;
                delete_message(OneMessage) -> Nothing;
                save_draft(SaveDraft) -> Nothing;
                read_new_draft(Nothing) -> Draft;
                search(Search) -> SearchResults;
                stop(OneTurn) -> Nothing;
                skip_wait(OneTurn) -> Nothing;
                turn_since(TurnSince) -> TurnBatches;
                list_models(Nothing) -> ModelList;
                list_providers(Nothing) -> ProviderList;
                save_provider(SaveProvider) -> ProviderView;
                remove_provider(OneProvider) -> Nothing;
                save_key(SaveKey) -> ProviderView;
                remove_key(OneKey) -> ProviderView;
                test_provider(TestProvider) -> ProviderTest;
                try_model(TryModel) -> ModelTried;
                try_target(TryTarget) -> TargetTried;
                detect_local(Nothing) -> LocalServers;
                list_built_in(Nothing) -> BuiltInModels;
                set_fallback(SetFallback) -> Nothing;
                list_routes(Nothing) -> RouteList;
                save_route(SaveRoute) -> RouteView;
                remove_route(OneRoute) -> Nothing;
                provider_health(Nothing) -> ProviderHealth;
                read_catalogue(Nothing) -> Catalogue;
                save_override(SaveOverride) -> Catalogue;
                import_catalogue(ImportCatalogue) -> CatalogueImport;
                drop_catalogue(Nothing) -> Catalogue;
                read_limits(Nothing) -> LimitStandings;
                write_limits(WorkspaceLimits) -> LimitStandings;
                list_members(Nothing) -> MemberList;
                invite(Invite) -> Invitation;
                revoke_invitation(OneInvitation) -> Nothing;
                set_disabled(SetDisabled) -> Nothing;
                assign_role(AssignRole) -> Nothing;
                erase_member(EraseMember) -> Nothing;
                read_rules(Nothing) -> WorkspaceRules;
                write_rules(WorkspaceRules) -> WorkspaceRules;
                list_programs(Nothing) -> ProgramList;
                make_program(MakeProgram) -> MadeProgram;
                revoke_program(OneProgram) -> ProgramList;
                read_settings(Nothing) -> Settings;
                write_settings(Settings) -> Settings;
            }
            stream {
                ask(Ask) -> TurnStarted;
            }
        }
    };
}
