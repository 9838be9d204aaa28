//! One profile's private store: history, search, drafts, settings, backups.
//!
//! An opened [`Vault`] is the proof that its owner is at the desk, so nothing
//! here takes a grant and no query can reach another profile. It knows no
//! model, no workspace and no clock: times and ids arrive as arguments.
//! Two databases: `history/1.db` (what was written) and `private.db` (settings,
//! pins, and the anchor by which an older history is noticed).

mod anchors;
mod backup;
mod branch;
mod chats;
mod drafts;
mod erase;
mod error;
#[cfg(feature = "fill")]
pub mod fill;
mod history;
mod keepsakes;
mod limits;
mod private;
mod reading;
mod search;
mod title;
mod turns;
mod vault;
mod wait;

pub use backup::{Backup, Restored};
pub use branch::{Branch, Versioned};
pub use chats::{ChatChange, ChatPageRows};
pub use error::VaultError;
pub use history::chat::ChatRow;
pub use reading::VaultReading;
pub use search::{Found, Hit, SnippetPiece};
pub use turns::{
    Closing, Commitments, ContentKey, OpenTurn, OpenedTurn, Recovered, Settlement, TurnQuestion,
};
pub use vault::{Opening, Vault};
