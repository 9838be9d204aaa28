//! Money as whole nano-dollars, so that sums are exact.

use serde::{Deserialize, Serialize};

/// US dollars times 10⁹. A price that is not known is `None`, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(as = "f64"))]
#[serde(transparent)]
pub struct NanoUsd(pub i64);
