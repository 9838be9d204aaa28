//! Table `installation`: one row about the whole installation.

use rusqlite::OptionalExtension;
use sealed::Recipient;
use serde::{Deserialize, Serialize};

use super::Door;
use crate::{DoorError, Provider, Route};

/// What guests may use. Providers with keys are never among it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuestOffer {
    /// The providers that an admin opened to guests.
    pub providers: Vec<Provider>,
    /// What of the routes leads to those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
}

impl Door {
    /// The workspace's name; none until there is one: the first run.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn workspace_name(&self) -> Result<Option<String>, DoorError> {
        self.field("SELECT workspace_name FROM installation WHERE workspace_name IS NOT NULL").await
    }

    /// What guests may use; none where there is no guest desk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn guest_offer(&self) -> Result<Option<GuestOffer>, DoorError> {
        let text = self
            .field("SELECT guest_offer FROM installation WHERE guest_offer IS NOT NULL")
            .await?;
        // What cannot be read is not offered.
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Opens or closes the guest desk. Providers with keys are left out.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_guest_offer(&self, offer: Option<GuestOffer>) -> Result<(), DoorError> {
        let text = offer.and_then(|mut offer| {
            offer.providers.retain(|provider| provider.for_guests && provider.keys.is_empty());
            serde_json::to_string(&offer).ok()
        });
        self.set("UPDATE installation SET guest_offer = ?1", text).await
    }

    /// Whether a new desk may be offered to do without a passphrase. Only what the screen
    /// offers: what counts is signed in the workspace.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn offers_no_passphrase(&self) -> Result<bool, DoorError> {
        self.database
            .read(|connection| {
                let query = "SELECT without_passphrase FROM installation";
                Ok(connection.query_row(query, [], |row| row.get(0))?)
            })
            .await
    }

    /// Offers it, or not.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn offer_no_passphrase(&self, offered: bool) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute("UPDATE installation SET without_passphrase = ?1", [offered])?;
                Ok(())
            })
            .await
    }

    /// How the chooser looks; the engine owns the text's shape.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn appearance(&self) -> Result<Option<String>, DoorError> {
        self.field("SELECT appearance FROM installation WHERE appearance IS NOT NULL").await
    }

    /// Keeps how the chooser looks.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn set_appearance(&self, text: String) -> Result<(), DoorError> {
        self.set("UPDATE installation SET appearance = ?1", Some(text)).await
    }

    pub(crate) async fn set_spool_recipient(&self, to: Recipient) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute("UPDATE installation SET spool_recipient = ?1", [to.0])?;
                Ok(())
            })
            .await
    }

    async fn field(&self, query: &'static str) -> Result<Option<String>, DoorError> {
        self.database
            .read(move |connection| {
                Ok(connection.query_row(query, [], |row| row.get(0)).optional()?)
            })
            .await
    }

    async fn set(&self, statement: &'static str, text: Option<String>) -> Result<(), DoorError> {
        self.database
            .write(move |tx| {
                tx.execute(statement, [text])?;
                Ok(())
            })
            .await
    }
}
