//! Identifiers: UUID version 7, one type for each kind of thing.
//!
//! A version 7 id sorts by creation time, which keeps indexes compact.
//! Ids are made from a time and random bytes that the caller supplies.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

use crate::UnixMs;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(as = "String"))]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A version 7 id for `at` with ten random bytes (RFC 9562, section 5.7).
            #[must_use]
            pub fn new(at: UnixMs, random: [u8; 10]) -> Self {
                let millis = u64::try_from(at.0).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// The sixteen bytes, as stored in a database column.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id of these sixteen bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// The people on this installation and what they share.
    WorkspaceId,
    /// One person's sealed store; on screen, a desk.
    ProfileId,
    /// One unlock of one profile.
    SessionId,
    /// A conversation.
    ChatId,
    /// One message in a chat's tree.
    MessageId,
    /// One question and everything done to answer it.
    TurnId,
    /// One call to one model through one key.
    AttemptId,
    /// A configured model API.
    ProviderId,
    /// One of a provider's keys.
    KeyId,
    /// A named way to several models.
    RouteId,
    /// A role that admins made.
    RoleId,
    /// One group of people.
    GroupId,
    /// One of a person's own programs, which asks through their desk.
    ProgramId,
    /// One record of the audit log.
    EventId,
    /// Something that a member asked of an admin.
    RequestId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = ChatId::new(UnixMs(1_000), [255; 10]);
        let late = ChatId::new(UnixMs(1_001), [0; 10]);
        assert!(early < late, "an index over ids must be an index over time");
    }

    #[test]
    fn an_id_survives_text_and_bytes() {
        let id = MessageId::new(UnixMs(1_700_000_000_000), [7; 10]);
        assert_eq!(id.to_string().parse::<MessageId>().ok(), Some(id), "text round trip");
        assert_eq!(MessageId::from_bytes(*id.as_bytes()), id, "byte round trip");
    }
}
