//! Looking at the installation without changing it.

#![expect(
    clippy::unused_async,
    reason = "commands are awaited alike, whether they wait for something or not"
)]

use workspace::Pins;

use super::Caller;
use crate::api::{About, Examination, Failure, Nothing};
use crate::desk::Desk;
use crate::examination::findings::{self, Anchored, ill, well};
use crate::session::{PINS, Session};

impl Caller {
    pub(crate) async fn about(&self, _: Nothing) -> Result<About, Failure> {
        Ok(crate::about::about(&self.app.data_dir))
    }

    pub(crate) async fn examine_door(&self, _: Nothing) -> Result<Examination, Failure> {
        let data_dir = self.app.data_dir.clone();
        let troubles = tokio::task::spawn_blocking(move || sealed::files::examine(&data_dir))
            .await
            .map_err(|_| Failure::internal("the files could not be looked at"))?;
        let mut found = findings::files(&self.app.data_dir, &troubles);
        match self.app.door() {
            Ok(door) => {
                let desks = door.cards().await?.len();
                found.push(match door.check_file().await {
                    Ok(()) => well(findings::DOOR, &format!("Readable; {desks} desks.")),
                    Err(error) => ill(findings::DOOR, &Failure::from(error).message),
                });
                found.push(findings::device_key(door.device_place()));
                // An open door was brought up to date when it was opened.
                found.push(findings::versions(&[]));
            }
            Err(failure) => found.push(ill(findings::DOOR, &failure.message)),
        }
        Ok(Examination { findings: found })
    }
}

impl Desk {
    pub(crate) async fn examine_desk(&self, _: Nothing) -> Result<Examination, Failure> {
        self.allow_own(policy::Action::ProfileKeep)?;
        let own = self.session.vault.check().await.map_err(Failure::from);
        let mut found = vec![findings::pages(findings::PRIVATE, own)];
        if let Some(workspace) = &self.session.workspace {
            let checked = workspace.check_file().await.map_err(Failure::from);
            found.push(findings::pages(findings::WORKSPACE, checked));
            found.push(findings::record(&workspace.verify_audit().await?));
        }
        let kept = self.app.anchor(self.session.profile).await?;
        found.push(findings::anchors(&self.session.anchored(kept).await?));
        // What is open was brought up to date when it was opened, or refused by name.
        found.push(findings::versions(&[]));
        Ok(Examination { findings: found })
    }
}

impl Session {
    /// The counters of the open files, and what is remembered of them; `private` outside of them.
    async fn anchored(&self, private: Option<u64>) -> Result<Vec<Anchored>, Failure> {
        let (history, anchor) = self.vault.history_anchored().await?;
        let mut all = vec![
            Anchored::of(findings::PRIVATE_FILE, self.vault.private_counter(), private),
            Anchored::of(findings::HISTORY, history, anchor),
        ];
        if let (Some(workspace), Some(pins)) = (&self.workspace, self.vault.pin(PINS).await?) {
            let (counter, anchor) = workspace.anchored(&Pins::from_bytes(&pins)?);
            all.push(Anchored::of(findings::WORKSPACE_FILE, counter, anchor));
        }
        Ok(all)
    }
}
