//! Taking over what the door recorded while nobody was there.

use domain::UnixMs;
use rusqlite::Connection;
use sealed::{RecipientKey, SigningKey};

use crate::audit::{AuditKind, Occurrence, Signer};
use crate::door::{Door, Sealed};
use crate::draft::Draft;
use crate::tables::audit::{self, Pen};
use crate::tables::spool_keys;
use crate::{Workspace, WorkspaceError};

impl Workspace {
    /// Moves the door's sealed events into the audit log, and tells the door to whom it
    /// seals from now on. Returns how many there were.
    ///
    /// # Errors
    /// When either database cannot be written; nothing is lost then.
    pub async fn take_spooled(&self, door: &Door, now: UnixMs) -> Result<usize, WorkspaceError> {
        let keys = self.read(spool_keys::all).await?;
        let Some(newest) = keys.first() else {
            return Err(WorkspaceError::Damaged);
        };
        door.set_spool_recipient(newest.public()).await?;
        let spooled = door.spooled().await?;
        let last = spooled.last().map(|one| one.id);
        let count = spooled.len();
        let device = door.signing();
        self.amend(now, move |tx, draft| {
            take(tx, draft, &spooled, &keys, &device)?;
            spool_keys::forget_old(tx)
        })
        .await?;
        if let Some(last) = last {
            door.forget_spooled(last).await?;
        }
        Ok(count)
    }
}

fn take(
    connection: &Connection,
    draft: &mut Draft,
    spooled: &[Sealed],
    keys: &[RecipientKey],
    device: &SigningKey,
) -> Result<(), WorkspaceError> {
    let trusted = draft.book.device() == Some(device.public());
    let me = std::sync::Arc::clone(&draft.me);
    let mut damaged = 0_u32;
    for one in spooled {
        let Some(occurrence) = keys.iter().find_map(|key| one.open(key)) else {
            damaged = damaged.saturating_add(1);
            continue;
        };
        // Taken before, by someone who was stopped before the door forgot it.
        if audit::contains(connection, occurrence.id)? {
            continue;
        }
        // A door that is not trusted (its key was made anew) is vouched for by who takes it.
        let pen = if trusted { Pen { signer: Signer::Device, key: device } } else { me.signer() };
        append(connection, draft, occurrence, &pen)?;
    }
    if damaged > 0 {
        draft.record(connection, AuditKind::SpoolDamaged { count: damaged })?;
    }
    Ok(())
}

fn append(
    connection: &Connection,
    draft: &mut Draft,
    occurrence: Occurrence,
    pen: &Pen<'_>,
) -> Result<(), WorkspaceError> {
    draft.appended = Some(audit::append(connection, occurrence, pen, draft.pin)?);
    Ok(())
}
