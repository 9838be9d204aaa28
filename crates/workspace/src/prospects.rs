//! Which limits would be in the way of calls that nobody has made yet.
//!
//! For whoever chooses a model: nothing is held, and a call may still be
//! granted or refused differently a moment later.

use domain::{KeyId, ModelRef, Role, UnixMs};

use crate::ledger::{Pace, decide};
use crate::tables::tallies::{self, Place};
use crate::{Shortfall, Wish, Workspace, WorkspaceError};

/// A call that might be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prospect {
    /// The model that would be asked.
    pub model: ModelRef,
    /// The key it would be sent with, where there is but one.
    pub key: Option<KeyId>,
    /// The least it would use.
    pub wish: Wish,
}

impl Workspace {
    /// For each call of this person in `role`, the limit that is in its way; none where there
    /// is none. Limits on routes, and on one of several keys, are not looked at.
    ///
    /// # Errors
    /// `Refused` if a document that was added meanwhile does not hold.
    pub async fn shortfalls(
        &self,
        role: Role,
        prospects: Vec<Prospect>,
        now: UnixMs,
    ) -> Result<Vec<Option<Shortfall>>, WorkspaceError> {
        let (book, profile) = (self.fresh_book().await?, self.me().profile);
        let (limits, given) = (book.limits(), book.concessions());
        let (groups, zone) = (book.groups().of(profile), limits.zone());
        self.read(move |connection| {
            let pace = Pace::after(tallies::pace(connection)?, now);
            let mut balances = Vec::new();
            for limit in &limits.limits {
                let one = tallies::standing(connection, limit, &given, profile, pace, &zone)?;
                balances.extend(one);
            }
            let of = |prospect: Prospect| {
                if limits.block_unpriced && prospect.wish.price.is_none() {
                    return Some(Shortfall::Unpriced);
                }
                let place = Place {
                    profile,
                    role: Some(role),
                    groups: groups.clone(),
                    model: prospect.model,
                    route: None,
                    key: prospect.key,
                    counted_at: pace.ledger,
                };
                let touched = balances.iter().filter(|one| place.is_in(&one.limit.scope));
                decide(&touched.cloned().collect::<Vec<_>>(), &prospect.wish).err()
            };
            Ok(prospects.into_iter().map(of).collect())
        })
        .await
    }
}
