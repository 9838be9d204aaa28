//! Anthropic messages.
//!
//! Words, thinking and tool calls are numbered blocks; signed thinking comes
//! back to the provider unchanged. What differs from model to model is in
//! `model`.

mod model;
mod read;
mod usage;
mod write;

use domain::ImageKind;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub(super) use self::read::read;
pub(super) use self::write::write;
use super::images::ImageRules;
use super::{Unsendable, common_headers, put_key};
use crate::Endpoint;

/// The tool that takes an answer in a given form, where a model has no way of its own.
const FORM_TOOL: &str = "answer_in_this_form";

/// Anthropic, "Vision": 5 MB for an encoded picture, 32 MB for a request, and
/// so many pictures as the model's window allows.
fn image_rules(most: usize) -> ImageRules {
    ImageRules {
        kinds: &[ImageKind::Png, ImageKind::Jpeg, ImageKind::Gif, ImageKind::Webp],
        most,
        each_megabytes: Some(5),
        request_megabytes: 32,
    }
}

pub(super) fn headers(endpoint: &Endpoint) -> Result<HeaderMap, Unsendable> {
    let mut headers = common_headers();
    let version = HeaderName::from_static("anthropic-version");
    headers.insert(version, HeaderValue::from_static("2023-06-01"));
    put_key(&mut headers, endpoint, HeaderName::from_static("x-api-key"), "")?;
    Ok(headers)
}
