//! Where a provider works with what it receives.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A region as admins name it: a country by its two letters (ISO 3166-1), `eu`, or a code of their
/// own. Letters are small.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(as = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

/// A text that names no region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRegion;

impl fmt::Display for NoRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "A region is a short code of 2 to 16 letters, digits and hyphens, such as eu or us.",
        )
    }
}

impl std::error::Error for NoRegion {}

/// The countries of the European Union, as of 2026.
const EU: [&str; 27] = [
    "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu", "ie", "it", "lv",
    "lt", "lu", "mt", "nl", "pl", "pt", "ro", "sk", "si", "es", "se",
];

impl Region {
    /// How many a provider, or a workspace, names at most.
    pub const MOST: usize = 20;

    /// Whether this one lies within the other: `de` within `eu`, `us-east-1` within `us`.
    fn is_within(&self, other: &Self) -> bool {
        let country = self.0.split('-').next().unwrap_or_default();
        self == other || country == other.0 || other.0 == "eu" && EU.contains(&country)
    }

    /// Whether all of `regions` lie within `home`. Everything does where there is no home;
    /// nothing that is not known does where there is one.
    #[must_use]
    pub fn are_home(regions: &[Self], home: &[Self]) -> bool {
        let inside = |region: &Self| home.iter().any(|one| region.is_within(one));
        home.is_empty() || !regions.is_empty() && regions.iter().all(inside)
    }
}

impl FromStr for Region {
    type Err = NoRegion;

    fn from_str(text: &str) -> Result<Self, NoRegion> {
        let text = text.trim().to_ascii_lowercase();
        let sound = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        let fits = (2..=16).contains(&text.len()) && text.bytes().all(sound);
        match text.as_str() {
            // As people write it.
            "uk" => Ok(Self("gb".to_owned())),
            _ if fits => Ok(Self(text)),
            _ => Err(NoRegion),
        }
    }
}

impl TryFrom<String> for Region {
    type Error = NoRegion;

    fn try_from(text: String) -> Result<Self, NoRegion> {
        text.parse()
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.0
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions(names: &[&str]) -> Vec<Region> {
        names.iter().map(|name| name.parse().expect("a region")).collect()
    }

    #[test]
    fn a_provider_is_at_home_where_all_its_regions_are() {
        for (its, home, expected) in [
            (vec![], vec![], true),
            (vec!["us"], vec![], true),
            (vec![], vec!["eu"], false),
            (vec!["de"], vec!["eu"], true),
            (vec!["eu"], vec!["eu"], true),
            (vec!["eu"], vec!["de"], false),
            (vec!["de", "us"], vec!["eu"], false),
            (vec!["de", "us"], vec!["eu", "us"], true),
            (vec!["ch"], vec!["eu"], false),
            (vec!["eu-west", "de-central-1"], vec!["eu"], true),
            (vec!["us-east-1"], vec!["us"], true),
            (vec!["us"], vec!["us-east-1"], false),
            (vec!["europe"], vec!["eu"], false),
        ] {
            let at_home = Region::are_home(&regions(&its), &regions(&home));
            assert_eq!(at_home, expected, "{its:?} in {home:?}");
        }
    }

    #[test]
    fn a_region_is_a_short_code_in_small_letters() {
        assert_eq!(" EU ".parse::<Region>().expect("a region").to_string(), "eu");
        assert_eq!("uk".parse::<Region>(), "gb".parse(), "one code for one country");
        assert_eq!(
            EU.len(),
            EU.iter().collect::<std::collections::HashSet<_>>().len(),
            "each once"
        );
        for bad in ["", "e", "Europe, mostly", "ein-viel-zu-langes-land", "d\u{f6}"] {
            assert_eq!(bad.parse::<Region>(), Err(NoRegion), "{bad:?}");
        }
    }
}
