//! What differs between providers, behind three questions.
//!
//! How is a call written, what does an event of the answer mean, where are
//! the models listed. Everything after that speaks `Piece` and `Transcript`.

mod anthropic;
mod gemini;
mod images;
mod lax;
mod openai;
mod prompts;
mod surrogates;

pub(crate) use self::surrogates::HalfCharacter;

use bytes::Bytes;
use domain::{Dialect, ImageKind};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::error_body::ProviderError;
use crate::progress::Transcript;
use crate::tool_calls::ToolPiece;
use crate::{Address, Call, Endpoint};

/// A call as it is sent.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) url: reqwest::Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// True where white space was cut from the partial answer's end; the
    /// continuation must then not begin with white space of its own.
    pub(crate) swallow_space: bool,
}

/// Why a call cannot be sent to this provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsendable {
    /// The key holds characters that no header takes.
    Key,
    /// It does not read this kind of picture.
    ImageKind(ImageKind),
    /// A picture is larger than this.
    LargeImage { megabytes: usize },
    /// There are more pictures than this.
    ManyImages { most: usize },
    /// The pictures are larger together than this.
    LargeImages { megabytes: usize },
    /// The model takes either.
    ToolsWithForm,
    /// The model takes either.
    ToolsWithThinking,
}

/// A part of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Piece<'a> {
    Text(&'a str),
    Reasoning(&'a str),
    /// The provider's proof of what was just said.
    Signature(&'a str),
    /// Reasoning that the provider keeps to itself.
    Withheld(&'a str),
    Tool(ToolPiece<'a>),
    /// Words of a further answer that nobody asked for: not shown, but paid for.
    Beside(&'a str),
    /// The model is at work on something that is not shown.
    Life,
}

/// Why an event could not be taken.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// It states an error.
    Error(ProviderError),
    /// It is not what the dialect promises.
    Malformed,
}

/// Writes `call` as the endpoint's dialect wants it.
pub(crate) fn write(call: &Call, address: &Address) -> Result<Written, Unsendable> {
    match call.endpoint.dialect {
        Dialect::OpenAi | Dialect::BuiltIn => openai::write(call, address),
        Dialect::Anthropic => anthropic::write(call, address),
        Dialect::Gemini => gemini::write(call, address),
    }
}

/// Reads one event (or a whole JSON answer) into the transcript.
pub(crate) fn read(
    dialect: Dialect,
    name: &[u8],
    data: &[u8],
    transcript: &mut Transcript,
    sink: &mut dyn FnMut(Piece<'_>),
) -> Result<(), Unreadable> {
    let data = &*transcript.half_character.mend(data.trim_ascii());
    match dialect {
        Dialect::OpenAi | Dialect::BuiltIn => openai::read(name, data, transcript, sink),
        Dialect::Anthropic => anthropic::read(name, data, transcript, sink),
        Dialect::Gemini => gemini::read(data, transcript, sink),
    }
}

/// Where the models are listed, and with which headers.
pub(crate) fn models_request(
    endpoint: &Endpoint,
    address: &Address,
) -> Result<(reqwest::Url, HeaderMap), Unsendable> {
    match endpoint.dialect {
        Dialect::OpenAi | Dialect::BuiltIn => {
            Ok((address.function("models", false), openai::headers(endpoint, address)?))
        }
        Dialect::Anthropic => {
            let mut url = address.function("models", true);
            url.query_pairs_mut().append_pair("limit", "1000");
            Ok((url, anthropic::headers(endpoint)?))
        }
        Dialect::Gemini => {
            let mut url = address.versioned("models", gemini::VERSION);
            url.query_pairs_mut().append_pair("pageSize", "1000");
            Ok((url, gemini::headers(endpoint)?))
        }
    }
}

/// Headers that every request carries.
fn common_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        // Compression holds tokens back; a server that compresses anyway is understood.
        (reqwest::header::ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ])
}

/// Puts the endpoint's key into header `name`, behind `prefix`.
fn put_key(
    headers: &mut HeaderMap,
    endpoint: &Endpoint,
    name: HeaderName,
    prefix: &str,
) -> Result<(), Unsendable> {
    if let Some(key) = endpoint.key.as_ref().filter(|key| !key.is_empty()) {
        headers.insert(name, key.header(prefix).ok_or(Unsendable::Key)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
