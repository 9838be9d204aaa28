//! `carrel backup` and `carrel restore`.

use clap::Args;
use engine::api::{BackupList, BackupView, Failure, FailureCode, Nothing, RestoreBackup, Unlock};

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
}

pub(crate) async fn back_up(client: &Client, args: &DeskArgs, json: bool) -> Result<(), Problem> {
    client.unlock(args).await?;
    let made: BackupView = client.call("back_up", &Nothing {}).await?;
    print(&made, json)
}

pub(crate) async fn restore(client: &Client, args: &Restore, json: bool) -> Result<(), Problem> {
    let desk = client.find(args.desk.profile.as_deref()).await?;
    let passphrase = passphrase::of(&desk, args.desk.passphrase_fd)?;
    let proof =
        Unlock { profile: desk.profile, passphrase: passphrase.to_string(), accept_older: false };
    let list: BackupList = client.call("list_backups", &proof).await?;
    if args.list {
        return print_all(&list, json);
    }
    let wanted = args.backup.as_deref();
    let chosen = list.backups.iter().find(|backup| wanted.is_none_or(|name| backup.name == name));
    let Some(chosen) = chosen else {
        let sentence = "There is no such backup; `--list` shows them.";
        return Err(Failure::new(FailureCode::NotFound, sentence).into());
    };
    let request = RestoreBackup {
        profile: desk.profile,
        passphrase: passphrase.to_string(),
        name: chosen.name.clone(),
    };
    let _: Nothing = client.call("restore_backup", &request).await?;
    print(chosen, json)
}

fn print_all(list: &BackupList, json: bool) -> Result<(), Problem> {
    if json {
        return say(&serde_json::json!({ "backups": list.backups }).to_string());
    }
    list.backups.iter().try_for_each(|backup| print(backup, false))
}

fn print(backup: &BackupView, json: bool) -> Result<(), Problem> {
    if json {
        return say(&serde_json::json!({ "backup": backup }).to_string());
    }
    say(&format!("{}  {} bytes", backup.name, backup.bytes))
}
