//! A person's own settings, kept sealed in their desk.

use domain::{DataClass, ModelRef, Region, RouteId};
use serde::{Deserialize, Serialize};

/// All settings of one desk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// Text size factor, 0.9 to 1.5.
    pub text_scale: f32,
    /// Tighter rows.
    pub compact: bool,
    /// Language of the screens; none for the system's.
    pub language: Option<String>,
    /// Enter sends (Shift+Enter breaks); otherwise the other way round.
    pub enter_sends: bool,
    /// Minutes without input after which the desk locks; none for never.
    pub lock_after_minutes: Option<u32>,
    /// Lock when the computer goes to sleep.
    pub lock_on_suspend: bool,
    /// The model to use where a chat has not chosen.
    pub usual_model: Option<ModelRef>,
    /// The route to use there, before the usual model.
    pub usual_route: Option<RouteId>,
    /// Instructions sent before every chat.
    pub instructions: String,
    /// The sidebar is folded to a rail.
    pub sidebar_folded: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            text_scale: 1.0,
            compact: false,
            language: None,
            enter_sends: true,
            lock_after_minutes: Some(10),
            lock_on_suspend: true,
            usual_model: None,
            usual_route: None,
            instructions: String::new(),
            sidebar_folded: false,
        }
    }
}

/// What an admin allows everyone in the workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct WorkspaceRules {
    /// Desks may do without a passphrase: this computer's login then protects them.
    pub without_passphrase: bool,
    /// The class of new chats, where a person chooses no other.
    pub usual_class: DataClass,
    /// The regions that policies call home, at most 20; none where all are.
    pub home_regions: Vec<Region>,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system.
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}
