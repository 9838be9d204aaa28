//! A GGUF model behind an OpenAI-compatible loopback port.
//!
//! The sidecar's parts: [`startup`] and [`parent`] speak with the application
//! that started it, [`http`] with those who ask, [`queue`] lines the questions
//! up, [`weights`] and [`decoder`] run llama.cpp. Carrel's other crates never
//! link this one: a model that crashes takes only its own process along.
//! It keeps nothing: no file is written, no chat is remembered, no log is made.

mod completion;
pub mod cpu;
pub mod decoder;
pub mod generate;
mod gguf;
pub mod http;
pub mod parent;
pub mod queue;
pub mod refusal;
mod request;
pub mod startup;
mod template;
mod text;
pub mod weights;
