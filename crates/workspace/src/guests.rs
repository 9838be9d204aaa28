//! What guests are offered at the door, and whether it is what was signed.
//!
//! The door is not signed: every process of this account can rewrite it. So
//! each unlock compares its offer with the signed providers and routes and puts it
//! right.

use domain::UnixMs;

use crate::audit::AuditKind;
use crate::door::{Door, GuestOffer};
use crate::{Workspace, WorkspaceError};

impl Workspace {
    /// Tells the door what guests may use by the signed providers and routes, after an admin
    /// changed them.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn offer_to_guests(&self, door: &Door) -> Result<(), WorkspaceError> {
        let offer = self.guest_offer().await?;
        Ok(door.set_guest_offer(offer).await?)
    }

    /// Puts right what the door offers to guests, and records where it was not what the
    /// signed providers say. True where something had to be put right. For each unlock.
    ///
    /// # Errors
    /// As [`Workspace::offer_to_guests`].
    pub async fn restore_guest_offer(
        &self,
        door: &Door,
        now: UnixMs,
    ) -> Result<bool, WorkspaceError> {
        let signed = self.guest_offer().await?;
        let stored = door.guest_offer().await?;
        if stored == signed {
            return Ok(false);
        }
        let (stored, wanted) = (stored.unwrap_or_default(), signed.clone().unwrap_or_default());
        let what = AuditKind::GuestOfferRestored {
            foreign: count_missing(&stored, &wanted),
            missing: count_missing(&wanted, &stored),
        };
        // Written down first: afterwards nothing shows what was there.
        self.record(what, now).await?;
        door.set_guest_offer(signed).await?;
        Ok(true)
    }

    async fn guest_offer(&self) -> Result<Option<GuestOffer>, WorkspaceError> {
        let all = self.providers().await?.into_iter();
        let providers: Vec<_> = all.filter(|one| one.for_guests && one.keys.is_empty()).collect();
        if providers.is_empty() {
            return Ok(None);
        }
        let open: Vec<_> = providers.iter().map(|one| one.id).collect();
        let routes = self.routes().await?.iter().filter_map(|one| one.only_at(&open)).collect();
        Ok(Some(GuestOffer { providers, routes }))
    }
}

/// How many entries of `these` are not among `those` just as they are.
fn count_missing(these: &GuestOffer, those: &GuestOffer) -> u32 {
    let providers = these.providers.iter().filter(|one| !those.providers.contains(one)).count();
    let routes = these.routes.iter().filter(|one| !those.routes.contains(one)).count();
    u32::try_from(providers + routes).unwrap_or(u32::MAX)
}
