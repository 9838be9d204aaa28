//! A failed attempt in words that say what to do.
//!
//! Takes what went wrong and makes the `CallError` of it: class, wait, and
//! one or two sentences. The provider's own words are quoted only where they
//! help, and never unredacted.

use domain::{Dialect, FailureClass, UnixMs};
use reqwest::header::HeaderMap;

use crate::address::AddressError;
use crate::classify::{Stated, classify};
use crate::dialect::Unsendable;
use crate::error_body::ProviderError;
use crate::redact::quotable;
use crate::{ApiKey, Call, CallError, Endpoint, wait};

/// What went wrong without the provider stating it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Address(AddressError),
    Unsendable(Unsendable),
    Grant,
    Client,
    Unnoted,
    Unresolved,
    Forbidden,
    Unreachable,
    Insecure,
    ConnectTimeout,
    Reset { may_have_been_billed: bool },
    NoHeaders,
    NoFirstToken,
    Stalled,
    TookTooLong,
    Cut,
    Aborted,
    Page,
    Empty,
    OnlyReasoning,
    Malformed,
    TooLarge,
    UnaskedTool(String),
    Refused,
}

/// Whom a failure is about.
pub(crate) struct About<'a> {
    pub(crate) label: &'a str,
    pub(crate) host: &'a str,
    pub(crate) model: &'a str,
    pub(crate) dialect: Dialect,
    pub(crate) key: Option<&'a ApiKey>,
    pub(crate) nearby: bool,
    pub(crate) now: UnixMs,
}

impl<'a> About<'a> {
    pub(crate) fn call(call: &'a Call, host: &'a str) -> Self {
        Self { model: &call.model, now: call.now, ..Self::endpoint(&call.endpoint, host) }
    }

    pub(crate) fn endpoint(endpoint: &'a Endpoint, host: &'a str) -> Self {
        Self {
            label: &endpoint.label,
            host,
            model: "",
            dialect: endpoint.dialect,
            key: endpoint.key.as_ref(),
            nearby: endpoint.local_allowed || endpoint.dialect == Dialect::BuiltIn,
            now: UnixMs(0),
        }
    }

    /// The error for a trouble that Carrel found by itself.
    pub(crate) fn error(&self, trouble: &Trouble) -> CallError {
        CallError {
            class: class_of(trouble),
            http_status: None,
            retry_after_ms: None,
            should_retry: None,
            message: self.words_for(trouble),
        }
    }

    /// The error that the provider stated with `status`, or inside a 200.
    pub(crate) fn stated(
        &self,
        status: u16,
        headers: &HeaderMap,
        said: Option<&ProviderError>,
    ) -> CallError {
        let from_body = said.and_then(|error| error.retry_ms);
        let explicit = wait::explicit(headers, from_body, self.now);
        let class = classify(Stated { status, error: said, has_wait: explicit.is_some() });
        let waits = matches!(
            class,
            FailureClass::Throttled | FailureClass::Exhausted | FailureClass::Transient
        );
        let implied = || (status == 429).then(|| wait::implied(headers, self.now)).flatten();
        let retry_after_ms = waits.then(|| explicit.or_else(implied)).flatten();
        let status = (status >= 300).then_some(status).or(said.and_then(|error| error.status));
        CallError {
            class,
            http_status: status,
            retry_after_ms,
            should_retry: wait::should_retry(headers),
            message: self.advice(class, status, retry_after_ms, said),
        }
    }

    fn advice(
        &self,
        class: FailureClass,
        status: Option<u16>,
        wait_ms: Option<u64>,
        said: Option<&ProviderError>,
    ) -> String {
        let (label, model) = (self.label, self.model);
        let quote = said
            .and_then(|error| quotable(&error.message, self.key))
            .map_or_else(String::new, |words| format!(" It said: “{words}”"));
        let code = status.map_or_else(String::new, |status| format!(" (HTTP {status})"));
        match class {
            FailureClass::Credential if self.key.is_none() => {
                format!(
                    "{label} asks for a key. Enter one in Settings, Models and providers.{quote}"
                )
            }
            FailureClass::Credential => format!(
                "{label} does not accept the key{code}. Check it in Settings, Models and providers.{quote}"
            ),
            FailureClass::Exhausted => format!(
                "The quota or credit at {label} is used up{code}. Top it up there, or use another model.{quote}"
            ),
            FailureClass::Throttled => match wait_ms {
                Some(wait) => words_for_a_pause(label, wait),
                None => format!(
                    "{label} asks for a pause{code}. Try again in a minute, or use another model."
                ),
            },
            FailureClass::Transient => format!(
                "{label} has a problem at the moment{code}. Try again in a moment, or use another model.{quote}"
            ),
            FailureClass::ContextOverflow => format!(
                "This chat is longer than {model} can read. Start a new chat, or use a model that reads more."
            ),
            FailureClass::ContentRefusal => {
                format!("{label} declined this content. Rephrase it, or use another model.{quote}")
            }
            FailureClass::Gone => format!(
                "{label} does not offer {model} to this key (any more). Choose another model.{quote}"
            ),
            FailureClass::Caller if status.is_some_and(|status| status < 400) => format!(
                "{label} answered with a redirect{code}, which Carrel does not follow, to keep the key safe. Enter the final address in Settings, Models and providers."
            ),
            FailureClass::Caller if status == Some(404) => format!(
                "Nothing is found at this address of {label}{code}. Check the address in Settings, Models and providers.{quote}"
            ),
            FailureClass::Caller if status == Some(413) => format!(
                "The question is too large for {label}{code}. Shorten it, or start a new chat.{quote}"
            ),
            FailureClass::Caller => format!(
                "{label} could not take this request{code}. Use another model, or check the provider's settings.{quote}"
            ),
            FailureClass::Broken | FailureClass::Truncated => {
                format!("{label} answered with an error. Try again, or use another model.{quote}")
            }
        }
    }

    fn words_for(&self, trouble: &Trouble) -> String {
        let (label, host, model) = (self.label, self.host, self.model);
        match trouble {
            Trouble::Address(error) => format!("{label}: {error}"),
            Trouble::Unsendable(unsendable) => self.words_for_unsendable(*unsendable),
            Trouble::Grant => format!("This was not allowed for {label}, so nothing was sent."),
            Trouble::Client => {
                "Secure connections are not possible on this computer: its certificates cannot be read.".to_owned()
            }
            Trouble::Unnoted => {
                "The record of this call could not be written, so it was not made. Free some disk space and try again.".to_owned()
            }
            Trouble::Unresolved => format!(
                "{host} cannot be found. Check the internet connection and the address of {label}."
            ),
            Trouble::Forbidden => format!(
                "{host} leads into this machine or a private network, which no admin allowed for {label}. Nothing was sent. An admin can allow it in Settings, Models and providers."
            ),
            Trouble::Unreachable if self.dialect == Dialect::BuiltIn => {
                "The built-in model is not running. Try again; it will be started.".to_owned()
            }
            Trouble::Unreachable if self.nearby => {
                format!("Nothing answers at {host}. Is {label} running?")
            }
            Trouble::Unreachable => {
                format!("{host} cannot be reached. Check the internet connection, or try again later.")
            }
            Trouble::Insecure => format!(
                "No secure connection to {host}: its certificate is not valid for it. Nothing was sent."
            ),
            Trouble::ConnectTimeout => {
                format!("{host} did not take the connection in time. Try again, or use another model.")
            }
            Trouble::Reset { may_have_been_billed: true } => format!(
                "The connection to {label} broke before an answer came. Try again; the first try may have been billed."
            ),
            Trouble::Reset { may_have_been_billed: false } => {
                format!("The connection to {label} broke. Try again.")
            }
            Trouble::NoHeaders | Trouble::NoFirstToken => format!(
                "{label} did not begin to answer in time. Try again, or use another model. It may have been billed."
            ),
            Trouble::Stalled => {
                format!("{label} stopped in the middle of the answer. What arrived is kept.")
            }
            Trouble::TookTooLong => {
                format!("The answer took longer than allowed. What arrived from {label} is kept.")
            }
            Trouble::Cut => format!(
                "The connection to {label} ended in the middle of the answer. What arrived is kept."
            ),
            Trouble::Aborted => {
                format!("{label} broke off the answer. What arrived is kept.")
            }
            Trouble::Page => format!(
                "A web page came back instead of an answer. Check the address of {label}, or whether a login page stands in between."
            ),
            Trouble::Empty => format!("{label} sent an empty answer. Try again, or use another model."),
            Trouble::OnlyReasoning => {
                format!("{model} thought about it and then gave no answer. Try again.")
            }
            Trouble::Malformed => format!(
                "{label} answered in a form that Carrel does not understand. Check its address and kind in Settings, Models and providers."
            ),
            Trouble::TooLarge => {
                format!("{label} sent more than any answer needs, so Carrel stopped reading.")
            }
            Trouble::UnaskedTool(name) => format!(
                "{model} wanted to use a tool ({name}) that it was not given. Try again, or use another model."
            ),
            Trouble::Refused => {
                format!("{label} declined this content. Rephrase it, or use another model.")
            }
        }
    }

    fn words_for_unsendable(&self, unsendable: Unsendable) -> String {
        let (label, model) = (self.label, self.model);
        match unsendable {
            Unsendable::Key => format!(
                "The key of {label} contains characters that no key has. Paste it again in Settings, Models and providers."
            ),
            Unsendable::ImageKind(kind) => format!(
                "{label} does not read {kind} images. Send them as PNG or JPEG, or use another model."
            ),
            Unsendable::LargeImage { megabytes } => format!(
                "An image is too large for {label}, which takes {megabytes} MB of each at most. Make it smaller, or use another model."
            ),
            Unsendable::ManyImages { most } => format!(
                "{label} takes {most} images at most. Leave some out, or use another model."
            ),
            Unsendable::LargeImages { megabytes } => format!(
                "The images are too large together for {label}, which takes {megabytes} MB at most. Leave some out, or use another model."
            ),
            Unsendable::ToolsWithThinking => format!(
                "{model} cannot use tools and think before it answers at once. Use another model."
            ),
            Unsendable::ToolsWithForm => format!(
                "{model} cannot use tools and answer in a given form at once. Use another model."
            ),
        }
    }
}

fn class_of(trouble: &Trouble) -> FailureClass {
    match trouble {
        Trouble::Unsendable(Unsendable::Key) => FailureClass::Credential,
        Trouble::Unsendable(_)
        | Trouble::Address(_)
        | Trouble::Grant
        | Trouble::Unnoted
        | Trouble::Forbidden => FailureClass::Caller,
        Trouble::Client
        | Trouble::Unresolved
        | Trouble::Unreachable
        | Trouble::Insecure
        | Trouble::ConnectTimeout
        | Trouble::Reset { .. }
        | Trouble::NoHeaders
        | Trouble::NoFirstToken => FailureClass::Transient,
        Trouble::Stalled | Trouble::TookTooLong | Trouble::Cut | Trouble::Aborted => {
            FailureClass::Truncated
        }
        Trouble::Page
        | Trouble::Empty
        | Trouble::OnlyReasoning
        | Trouble::Malformed
        | Trouble::TooLarge
        | Trouble::UnaskedTool(_) => FailureClass::Broken,
        Trouble::Refused => FailureClass::ContentRefusal,
    }
}

/// What to say of a provider that asks for a pause.
pub(crate) fn words_for_a_pause(label: &str, wait_ms: u64) -> String {
    format!(
        "{label} asks for a pause of {}. Try again then, or use another model.",
        readable_wait(wait_ms)
    )
}

pub(crate) fn readable_wait(millis: u64) -> String {
    let seconds = millis.div_ceil(1_000).max(1);
    match seconds {
        1 => "a second".to_owned(),
        2..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_as_people_say_them() {
        for (millis, words) in [
            (0, "a second"),
            (2_000, "2 seconds"),
            (90_500, "91 seconds"),
            (360_000, "6 minutes"),
            (86_400_000, "24 hours"),
        ] {
            assert_eq!(readable_wait(millis), words, "{millis} ms");
        }
        assert!(readable_wait(u64::MAX).ends_with("hours"), "no overflow");
    }
}
