//! `carrel backup` and `carrel restore`.

use clap::Args;
use engine::api::{
    BackupList, BackupView, Failure, FailureCode, Nothing, RestoreBackup, RestoreDoor, Unlock,
    WorkspaceBackups,
};

use crate::DeskArgs;
use crate::client::Client;
use crate::exit::{Problem, say};
use crate::passphrase;

/// Put a backup back; without a name, the newest one.
#[derive(Args)]
pub(crate) struct Restore {
    #[command(flatten)]
    desk: DeskArgs,
    /// The backup's name, as `--list` prints it.
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    backup: Option<String>,
    /// Only list the backups.
    #[arg(long)]
    list: bool,
    /// Of the workspace, in place of the desk; for admins.
    #[arg(long, conflicts_with = "door")]
    workspace: bool,
    /// Of the list of desks, in place of a desk.
    #[arg(long)]
    door: bool,
}

pub(crate) async fn back_up(client: &Client, args: &DeskArgs, json: bool) -> Result<(), Problem> {
    client.unlock(args).await?;
    let made: BackupView = client.call("back_up", &Nothing {}).await?;
    print(&made, json)
}

pub(crate) async fn restore(client: &Client, args: &Restore, json: bool) -> Result<(), Problem> {
    if args.door {
        let list: BackupList = client.call("list_door_backups", &Nothing {}).await?;
        let Some(chosen) = args.choose(&list.backups, json)? else { return Ok(()) };
        let request = RestoreDoor { name: chosen.name.clone() };
        let _: Nothing = client.call("restore_door", &request).await?;
        return print(chosen, json);
    }
    let desk = client.find(args.desk.profile.as_deref()).await?;
    let passphrase = passphrase::of(&desk, args.desk.passphrase_fd)?;
    let proof =
        Unlock { profile: desk.profile, passphrase: passphrase.to_string(), accept_older: false };
    let backups = if args.workspace {
        let list: WorkspaceBackups = client.call("list_workspace_backups", &proof).await?;
        list.backups
    } else {
        let list: BackupList = client.call("list_backups", &proof).await?;
        list.backups
    };
    let Some(chosen) = args.choose(&backups, json)? else { return Ok(()) };
    let request = RestoreBackup {
        profile: desk.profile,
        passphrase: passphrase.to_string(),
        name: chosen.name.clone(),
    };
    let command = if args.workspace { "restore_workspace" } else { "restore_backup" };
    let _: Nothing = client.call(command, &request).await?;
    print(chosen, json)
}

impl Restore {
    /// The backup that is asked for; none where they were only to be listed, and are.
    fn choose<'a>(
        &self,
        backups: &'a [BackupView],
        json: bool,
    ) -> Result<Option<&'a BackupView>, Problem> {
        if self.list {
            print_all(backups, json)?;
            return Ok(None);
        }
        let wanted = self.backup.as_deref();
        let chosen = backups.iter().find(|one| wanted.is_none_or(|name| one.name == name));
        let sentence = "There is no such backup; `--list` shows them.";
        let none = || Failure::new(FailureCode::NotFound, sentence).into();
        chosen.map(Some).ok_or_else(none)
    }
}

fn print_all(backups: &[BackupView], json: bool) -> Result<(), Problem> {
    if json {
        return say(&serde_json::json!({ "backups": backups }).to_string());
    }
    backups.iter().try_for_each(|backup| print(backup, false))
}

fn print(backup: &BackupView, json: bool) -> Result<(), Problem> {
    if json {
        return say(&serde_json::json!({ "backup": backup }).to_string());
    }
    say(&format!("{}  {} bytes", backup.name, backup.bytes))
}
