//! How far a text may go.

use serde::{Deserialize, Serialize};

/// What kind of text a chat holds, from what everyone may read to what hardly anyone may. A
/// provider receives texts up to one of them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Everyone may read it.
    Public,
    /// For those who work here. What nobody classified.
    #[default]
    Internal,
    /// For those whom it concerns.
    Confidential,
    /// For few, and for no provider that was not chosen for it.
    Restricted,
}

impl DataClass {
    /// All of them, the least first.
    pub const ALL: [Self; 4] = [Self::Public, Self::Internal, Self::Confidential, Self::Restricted];

    /// Its place, from 0.
    #[must_use]
    pub fn level(self) -> u8 {
        match self {
            Self::Public => 0,
            Self::Internal => 1,
            Self::Confidential => 2,
            Self::Restricted => 3,
        }
    }

    /// The class at this place.
    #[must_use]
    pub fn of_level(level: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.level() == level)
    }

    /// As it stands in records and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Confidential => "confidential",
            Self::Restricted => "restricted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DataClass;

    #[test]
    fn classes_are_ordered_and_found_by_their_place_and_name() {
        for pair in DataClass::ALL.windows(2) {
            assert!(pair[0] < pair[1] && pair[0].level() < pair[1].level(), "{pair:?}");
        }
        for class in DataClass::ALL {
            assert_eq!(DataClass::of_level(class.level()), Some(class), "its place");
            let written = serde_json::to_string(&class).expect("it is written");
            assert_eq!(written, format!("\"{}\"", class.name()), "one name everywhere");
        }
        assert_eq!(DataClass::of_level(4), None, "there is no fifth");
    }
}
