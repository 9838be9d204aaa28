//! Google's Gemini: `streamGenerateContent` as server-sent events.
//!
//! Everything is a part of a content: words, thoughts, pictures, calls of
//! functions and their results; a part may carry a signature that goes back
//! with it. Source: the reference of the Gemini API, `v1beta`.

mod model;
mod read;
mod usage;
mod write;

use domain::ImageKind;
use reqwest::header::{HeaderMap, HeaderName};

pub(super) use self::read::read;
pub(super) use self::write::write;
use super::images::ImageRules;
use super::{Unsendable, common_headers, put_key};
use crate::Endpoint;

/// The API's version where the base URL names none.
pub(super) const VERSION: &str = "v1beta";

/// Google, "Image understanding": no GIF, 3,600 pictures, 100 MB in a request.
const IMAGES: ImageRules = ImageRules {
    kinds: &[ImageKind::Png, ImageKind::Jpeg, ImageKind::Webp],
    most: 3_600,
    each_megabytes: None,
    request_megabytes: 100,
};

pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, Unsendable> {
    let mut headers = common_headers();
    put_key(&mut headers, endpoint, HeaderName::from_static("x-goog-api-key"), "")?;
    Ok(headers)
}
