//! Looking at the installation without changing it.

#![expect(
    clippy::unused_async,
    reason = "commands are awaited alike, whether they wait for something or not"
)]

use std::path::Path;

use workspace::DevicePlace;

use crate::api::{About, Examination, Failure, Finding, Nothing};
use crate::desk::Desk;

use super::Caller;

impl Caller {
    pub(crate) async fn about(&self, _: Nothing) -> Result<About, Failure> {
        Ok(crate::about::about(&self.app.data_dir))
    }

    pub(crate) async fn examine_door(&self, _: Nothing) -> Result<Examination, Failure> {
        let data_dir = self.app.data_dir.clone();
        let mut findings = tokio::task::spawn_blocking(move || sealed::files::examine(&data_dir))
            .await
            .map_err(|_| Failure::internal("the files could not be looked at"))?
            .into_iter()
            .map(|trouble| Finding {
                subject: subject(&self.app.data_dir, &trouble.path),
                well: false,
                detail: trouble.sentence,
            })
            .collect::<Vec<_>>();
        if findings.is_empty() {
            findings.push(well("Files and permissions", "Private to this user, nothing foreign."));
        }
        match self.app.door() {
            Ok(door) => {
                let desks = door.cards().await?.len();
                findings.push(well("Door", &format!("Readable; {desks} desks.")));
                findings.push(well("Device key", lies(door.device_place())));
            }
            Err(failure) => findings.push(ill("Door", &failure.message)),
        }
        Ok(Examination { findings })
    }
}

impl Desk {
    pub(crate) async fn examine_desk(&self, _: Nothing) -> Result<Examination, Failure> {
        self.allow_own(policy::Action::ProfileKeep)?;
        let mut findings = Vec::new();
        match self.session.vault.check().await {
            Ok(()) => findings.push(well("History and private files", "Every page as written.")),
            Err(error) => {
                findings.push(ill("History and private files", &Failure::from(error).message));
            }
        }
        if let Some(workspace) = &self.session.workspace {
            match workspace.check_file().await {
                Ok(()) => findings.push(well("Workspace", "Every page as written.")),
                Err(error) => {
                    findings.push(ill("Workspace", &Failure::from(error).message));
                }
            }
            let report = workspace.verify_audit().await?;
            match report.fault {
                None => findings.push(well(
                    "Record",
                    &format!("{} events, chain and signatures whole.", report.events),
                )),
                Some(at) => findings.push(ill(
                    "Record",
                    &format!("At event {}: {}. Tell an admin.", at.sequence, at.fault),
                )),
            }
        }
        Ok(Examination { findings })
    }
}

fn lies(place: DevicePlace) -> &'static str {
    match place {
        DevicePlace::Keychain => "In this computer's keychain.",
        DevicePlace::File => {
            "In the file device.key: who has the disk can read the names on the chooser."
        }
    }
}

fn subject(data_dir: &Path, path: &Path) -> String {
    path.strip_prefix(data_dir).unwrap_or(path).display().to_string()
}

fn well(subject: &str, detail: &str) -> Finding {
    Finding { subject: subject.to_owned(), well: true, detail: detail.to_owned() }
}

fn ill(subject: &str, detail: &str) -> Finding {
    Finding { well: false, ..well(subject, detail) }
}
