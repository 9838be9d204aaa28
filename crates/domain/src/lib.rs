//! The words of Carrel: ids, messages, roles, tokens, money and time.
//!
//! Everything here is a plain value. There is no IO, no clock and no
//! randomness: whoever makes an id or a timestamp passes both in.
//! Names follow the glossary in `docs/architecture.md`.

mod data_class;
mod failure_class;
mod id;
mod image;
mod limit;
mod message;
mod money;
mod overrides;
mod prompt;
mod proposed;
mod provider;
mod record_form;
mod region;
mod role;
mod route;
mod time;
mod tree;
mod try_path;
mod usage;

pub use data_class::DataClass;
pub use failure_class::FailureClass;
pub use id::{
    AttemptId, ChatId, EventId, GroupId, KeyId, MessageId, ProfileId, ProgramId, ProviderId,
    RequestId, RoleId, RouteId, SessionId, TurnId, WorkspaceId,
};
pub use image::{Image, ImageKind};
pub use limit::{Limit, LimitMeasure, LimitScope, Span};
pub use message::{Author, Finish, Message, Provenance, TryRecord};
pub use money::NanoUsd;
pub use overrides::{MillionPrice, Override, PriceOverride};
pub use prompt::{Part, Prompt, Reasoning, Signature, ToolCall, ToolResult};
pub use proposed::Proposed;
pub use provider::{Dialect, ModelRef};
pub use record_form::RecordForm;
pub use region::{NoRegion, Region};
pub use role::{NoRole, Role};
pub use route::{RouteStep, Strategy, Target};
pub use time::UnixMs;
pub use tree::{ChatTree, Node, Siblings};
pub use try_path::{BreakerState, Choice, SkipRecord, TryPath};
pub use usage::{Tokens, Usage};
