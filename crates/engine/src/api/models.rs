//! Providers and models.

use domain::{
    BreakerState, DataClass, Dialect, KeyId, MillionPrice, ModelRef, NanoUsd, Provenance,
    ProviderId, Region, Target, Tokens, UnixMs,
};
use serde::{Deserialize, Serialize};

/// Everything a person may ask.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelList {
    /// Models by provider, in the admin's order.
    pub models: Vec<ModelView>,
    /// What is asked where a chat has not chosen: a model, or a route.
    pub usual: Option<Target>,
    /// The class of new chats, where a person chooses no other.
    pub usual_class: DataClass,
    /// Those that answer where a model chosen by itself cannot, best first, as admins listed them. A
    /// model on this machine is only stood in for by models on this machine.
    pub fallback: Vec<ModelRef>,
}

/// Which models answer where a model chosen by itself cannot.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SetFallback {
    /// Best first; at most 20, each offered by a provider. Empty for none.
    pub models: Vec<ModelRef>,
}

/// How models have been doing since this application started.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderHealth {
    /// Every model that was asked, by provider, under each of its keys.
    pub models: Vec<ModelHealth>,
}

/// How one model is doing under one key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelHealth {
    /// Which model.
    pub model: ModelRef,
    /// Under which key; none where none is needed.
    pub key: Option<KeyId>,
    /// Whether it is asked at the moment.
    pub breaker: BreakerState,
    /// When the breaker's state changes by itself: the next probe, its end, or all calls pass
    /// again. None while it is closed.
    pub breaker_until: Option<UnixMs>,
    /// Until when it is not asked, because its provider said so.
    pub resting_until: Option<UnixMs>,
    /// Why, for people.
    pub why: Option<String>,
    /// When its last call failed; none where one was answered since.
    pub failed_at: Option<UnixMs>,
    /// How that call failed, for people.
    pub last_failure: Option<String>,
    /// Median time to the first word of the last 64 answers, in milliseconds.
    pub first_token_ms: Option<u32>,
    /// The time that 95 of 100 answers did not exceed, in milliseconds.
    pub slow_first_token_ms: Option<u32>,
    /// Failures among 100 calls of the last half minute; none without calls.
    pub failing_percent: Option<u8>,
    /// Answers under way.
    pub in_flight: u32,
}

/// A model in the picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelView {
    /// Which model.
    pub model: ModelRef,
    /// For people.
    pub label: String,
    /// The provider's label.
    pub provider_label: String,
    /// True where text stays on this machine.
    pub local: bool,
    /// True for the built-in model: small, offline, often wrong.
    pub basic: bool,
    /// What it can read at once, where known.
    pub context: Option<Tokens>,
    /// What a million tokens cost; none where that is not known.
    pub price: Option<MillionPrice>,
    /// Reads images.
    pub images: bool,
    /// Calls tools.
    pub tools: bool,
    /// Thinks before it answers.
    pub reasoning: bool,
    /// The highest class of text that its provider may receive.
    pub accepts: DataClass,
    /// Where its provider works; empty where that is not known.
    pub regions: Vec<Region>,
    /// True where it runs here or in the home regions, or no regions are called home.
    pub at_home: bool,
    /// The classes of text that this person may send to it by the rules as they are now.
    pub classes: Vec<DataClass>,
    /// Why it cannot be chosen now; none where it can.
    pub unavailable: Option<Failure>,
    /// Why it would not answer now although it can be chosen: it rests, its key is refused, a
    /// limit is reached, its price is not known. Somebody else may answer in its place.
    pub trouble: Option<Failure>,
}

use super::Failure;

/// The configured providers, for the settings screen.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderList {
    /// In the admin's order.
    pub providers: Vec<ProviderView>,
}

/// A provider without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderView {
    /// Which provider.
    pub id: ProviderId,
    /// For people.
    pub label: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Without a trailing slash; empty for the built-in model.
    pub base_url: String,
    /// True where text stays on this machine.
    pub local: bool,
    /// Its keys, the one that is used first at the beginning; empty where none is needed.
    pub keys: Vec<KeyView>,
    /// The models offered to people.
    pub models: Vec<String>,
    /// Whether guests may use it (never one with a key).
    pub for_guests: bool,
    /// True where an admin allowed this server although it stands in the private network.
    pub nearby_allowed: bool,
    /// The highest class of text that it may receive; of one on this machine, everything.
    pub accepts: DataClass,
    /// Where it works; empty where that is not known.
    pub regions: Vec<Region>,
    /// True where it offers nothing but the small model that comes with Carrel.
    pub basic: bool,
    /// Version of the signed document.
    pub version: u32,
}

/// One of a provider's keys; the key itself never leaves the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyView {
    /// Which key.
    pub id: KeyId,
    /// For people; empty where nobody named it.
    pub label: String,
    /// Its last four characters; none of a short one.
    pub hint: Option<String>,
}

/// Add, rename or replace one of a provider's keys.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveKey {
    /// Whose key.
    pub provider: ProviderId,
    /// None to add.
    pub id: Option<KeyId>,
    /// For people, at most 60 characters; may be empty.
    pub label: String,
    /// The key, at most 2,048 characters; none keeps the stored one.
    pub key: Option<String>,
    /// Use it before the others.
    pub first: bool,
}

/// Names one of a provider's keys.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneKey {
    /// Whose key.
    pub provider: ProviderId,
    /// Which key.
    pub id: KeyId,
}

/// Add or change a provider.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SaveProvider {
    /// None to add.
    pub id: Option<ProviderId>,
    /// 1 to 60 characters.
    pub label: String,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// `https://…`, or `http://` for this machine and, where `nearby_allowed`, for the private
    /// network. Ignored for the built-in model.
    pub base_url: String,
    /// Its first key, or a new one in place of its only one; none keeps those that are stored.
    pub key: Option<String>,
    /// The models to offer, at least one.
    pub models: Vec<String>,
    /// Whether guests may use it.
    pub for_guests: bool,
    /// Whether its server may stand in the private network.
    pub nearby_allowed: bool,
    /// The highest class of text that it may receive. Nothing is kept from one on this machine.
    pub accepts: DataClass,
    /// Where it works, at most 20; empty where that is not known.
    pub regions: Vec<Region>,
    /// Make its first model everyone's usual one.
    pub make_usual: bool,
}

/// Names one provider.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OneProvider {
    /// Which provider.
    pub id: ProviderId,
}

/// Try an address and key before (or after) saving them.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TestProvider {
    /// Take address and key of this provider where the fields below are empty.
    pub id: Option<ProviderId>,
    /// Which of its keys; none for the first.
    pub key_id: Option<KeyId>,
    /// How it is spoken to.
    pub dialect: Dialect,
    /// Address.
    pub base_url: String,
    /// Whether that address may stand in the private network.
    pub nearby_allowed: bool,
    /// Key, where one is needed.
    pub key: Option<String>,
}

/// Call one model now with a question of a few words, whatever is held against it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TryModel {
    /// Which model.
    pub model: ModelRef,
    /// Under which of its provider's keys; none for the first, or where none is needed.
    pub key: Option<KeyId>,
}

/// A model that answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelTried {
    /// Milliseconds from sending to the first word, or to the end where none came.
    pub millis: u32,
    /// What the call cost; none where its price is not known.
    pub cost: Option<NanoUsd>,
}

/// Ask a few words as a question is asked: by a route, or a model with those that stand in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TryTarget {
    /// Whom.
    pub target: Target,
}

/// How a target answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TargetTried {
    /// Who answered after which tries, or who was called in vain; none where nobody could be.
    pub card: Option<Provenance>,
    /// Why there was no answer; none where there was one.
    pub failure: Option<Failure>,
}

/// What a test call found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderTest {
    /// How long the answer took.
    pub millis: u32,
    /// The models it offers, sorted by name.
    pub models: Vec<String>,
}

/// Model servers found on this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LocalServers {
    /// Ollama, LM Studio and llama.cpp where they answered.
    pub found: Vec<LocalServer>,
    /// The built-in model's state.
    pub built_in: BuiltInModel,
}

/// A model server on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LocalServer {
    /// "Ollama", "LM Studio" or "llama.cpp".
    pub label: String,
    /// Its OpenAI-compatible address.
    pub base_url: String,
    /// What it can run now.
    pub models: Vec<String>,
}

/// Whether the built-in model can answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BuiltInModel {
    /// Its name in requests.
    pub model: String,
    /// Its name, such as "SmolLM2 135M Instruct".
    pub label: String,
    /// True for the small one that comes with Carrel.
    pub basic: bool,
    /// Why it cannot run here; none where it can.
    pub unavailable: Option<Failure>,
}

/// What the built-in provider can offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BuiltInModels {
    /// Where people put GGUF files of their own.
    pub folder: String,
    /// Every GGUF file on this machine, by name.
    pub models: Vec<BuiltInFile>,
}

/// A GGUF file in one of the models folders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BuiltInFile {
    /// The model's name in requests: the file's name without its ending.
    pub model: String,
    /// As people read it.
    pub label: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Why it cannot run, as far as its first bytes tell; none where it may.
    pub unavailable: Option<Failure>,
}
