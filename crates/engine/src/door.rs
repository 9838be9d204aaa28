//! Before a desk is open: the chooser and what can be done from it.
//!
//! A `Caller` is a window without an open desk. Nothing here takes the
//! caller's word for who they are: a desk opens by its passphrase, its
//! recovery code or an invitation's one-time key.

#![expect(
    clippy::unused_async,
    reason = "commands are awaited alike, whether they wait for something or not"
)]

mod backups;
mod create;
mod examine;
mod mending;
mod opening;
mod unlock;

use std::sync::Arc;

use domain::ProfileId;
use vault::Vault;

use crate::api::{
    DeskCard, DoorAppearance, DoorState, Failure, JudgePassphrase, Nothing, PassphraseStrength,
};
use crate::{App, WindowLabel, computer};

/// A window that shows the chooser.
pub(crate) struct Caller {
    pub(crate) app: Arc<App>,
    pub(crate) window: WindowLabel,
}

impl Caller {
    pub(crate) async fn door_state(&self, _: Nothing) -> Result<DoorState, Failure> {
        self.app.retry_door().await;
        let door = match self.app.door() {
            Ok(door) => door,
            Err(failure) => return Ok(DoorState::broken(failure)),
        };
        let workspace_name = door.workspace_name().await?;
        let now = self.app.now();
        let (mut desks, mut backed_up_at) = (Vec::new(), None);
        for card in door.cards().await? {
            let backups = Vault::list_backups(&self.profile_dir(card.profile)).unwrap_or_default();
            backed_up_at = backed_up_at.max(backups.first().map(|newest| newest.made_at));
            let retry_at = door.throttle(card.profile, now).await?.err();
            desks.push(DeskCard {
                profile: card.profile,
                name: card.name,
                avatar: card.avatar,
                last_open: card.last_open,
                open_here: self.app.session_of(card.profile).is_some(),
                has_passphrase: card.has_passphrase,
                disabled: card.disabled,
                retry_at,
                locked: self.app.locked(card.profile),
            });
        }
        Ok(DoorState {
            first_run: workspace_name.is_none(),
            workspace_name,
            computer_name: computer::name(),
            desks,
            guest_allowed: door.guest_offer().await?.is_some(),
            passphrase_optional: door.offers_no_passphrase().await?,
            backed_up_at,
            appearance: self.appearance().await?,
            failure: None,
        })
    }

    pub(crate) async fn set_appearance(&self, look: DoorAppearance) -> Result<Nothing, Failure> {
        if !(0.9..=1.5).contains(&look.text_scale)
            || look.language.as_ref().is_some_and(|language| language.len() > 20)
        {
            return Err(Failure::invalid("Text size goes from 0.9 to 1.5."));
        }
        let text = serde_json::to_string(&look)
            .map_err(|_| Failure::internal("the look of the door could not be written"))?;
        self.app.door()?.set_appearance(text).await?;
        Ok(Nothing {})
    }

    pub(crate) async fn judge_passphrase(
        &self,
        request: JudgePassphrase,
    ) -> Result<PassphraseStrength, Failure> {
        let context: Vec<&str> = request.context.iter().map(String::as_str).collect();
        let strength = sealed::judge(&request.passphrase, &context);
        Ok(PassphraseStrength {
            score: strength.score,
            acceptable: strength.acceptable,
            advice: strength.advice,
        })
    }

    async fn appearance(&self) -> Result<DoorAppearance, Failure> {
        let stored = self.app.door()?.appearance().await?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(crate) fn profile_dir(&self, profile: ProfileId) -> std::path::PathBuf {
        self.app.profile_dir(profile)
    }
}

impl DoorState {
    fn broken(failure: Failure) -> Self {
        Self {
            first_run: false,
            workspace_name: None,
            computer_name: computer::name(),
            desks: Vec::new(),
            guest_allowed: false,
            passphrase_optional: false,
            backed_up_at: None,
            appearance: DoorAppearance::default(),
            failure: Some(failure),
        }
    }
}
