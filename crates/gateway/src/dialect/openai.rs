//! OpenAI chat completions, and every server that speaks them.
//!
//! Compatible servers agree on little more than the first example in the
//! documentation; what hosts known by name want differently stands here.

mod read;
mod usage;
mod write;

use domain::{Dialect, ImageKind};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};

pub(super) use self::read::read;
pub(super) use self::write::write;
use super::images::ImageRules;
use super::{Unsendable, common_headers, put_key};
use crate::{Address, Endpoint};

/// OpenAI, "Images and vision": 50 MB and 500 images in a request.
const IMAGES: ImageRules = ImageRules {
    kinds: &[ImageKind::Png, ImageKind::Jpeg, ImageKind::Gif, ImageKind::Webp],
    most: 500,
    each_megabytes: None,
    request_megabytes: 50,
};

/// What hosts known by name want differently.
struct Manners {
    /// Newer OpenAI models refuse `max_tokens`; other servers know nothing else.
    completion_limit: bool,
    /// Mistral answers 422 to `stream_options` and `seed`, and takes only ids of
    /// nine letters and digits.
    mistral: bool,
    /// OpenAI itself: what its newer models refuse is known by their names.
    openai: bool,
    /// Azure reads the key from its own header.
    azure_key: bool,
    /// DeepSeek and Moonshot answer 400 where the reasoning before a tool call
    /// does not come back; OpenAI answers 400 where it does.
    wants_reasoning: bool,
}

impl Manners {
    fn of(host: &str) -> Self {
        let azure = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"]
            .iter()
            .any(|suffix| host.ends_with(suffix));
        Self {
            openai: host == "api.openai.com",
            completion_limit: azure || host == "api.openai.com",
            mistral: host == "api.mistral.ai",
            azure_key: azure,
            wants_reasoning: matches!(
                host,
                "api.deepseek.com" | "api.moonshot.ai" | "api.moonshot.cn"
            ),
        }
    }
}

/// OpenAI's models since 5.4 answer 400 to functions together with reasoning, and
/// those that reason by default to functions alone, unless reasoning is turned off.
/// Only its responses API takes both.
fn reasons_without_tools(model: &str) -> bool {
    let Some(behind) = model.strip_prefix("gpt-") else { return false };
    let number = behind.split(|c: char| c != '.' && !c.is_ascii_digit()).next().unwrap_or("");
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    let version = (major.parse().unwrap_or(0_u32), minor.parse().unwrap_or(0_u32));
    version >= (5, 4)
}

pub(super) fn headers(endpoint: &Endpoint, address: &Address) -> Result<HeaderMap, Unsendable> {
    let mut headers = common_headers();
    if endpoint.dialect == Dialect::OpenAi && Manners::of(address.bare_host()).azure_key {
        put_key(&mut headers, endpoint, HeaderName::from_static("api-key"), "")?;
    } else {
        put_key(&mut headers, endpoint, AUTHORIZATION, "Bearer ")?;
    }
    Ok(headers)
}
