//! A person's settings, sealed in their desk as one JSON text.

use policy::Action;

use crate::api::{Failure, Nothing, Settings};
use crate::desk::Desk;
use crate::session::Session;

/// Longest instructions, in characters.
const MAX_INSTRUCTIONS: usize = 20_000;
/// A day; longer is the same as never.
const MAX_LOCK_MINUTES: u32 = 24 * 60;

impl Session {
    /// The settings as stored, or the defaults. Settings that this version
    /// cannot read count as the defaults; they are replaced when next saved.
    pub(crate) async fn settings(&self) -> Result<Settings, Failure> {
        let stored = self.vault.settings_text().await?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }
}

impl Desk {
    pub(crate) async fn read_settings(&self, _: Nothing) -> Result<Settings, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        self.session.settings().await
    }

    pub(crate) async fn write_settings(&self, settings: Settings) -> Result<Settings, Failure> {
        self.allow_own(Action::ChatReadOwn)?;
        check(&settings)?;
        let before = self.session.settings().await?;
        if settings.instructions != before.instructions {
            self.allow_own(Action::InstructionsSetOwn)?;
        }
        let text = serde_json::to_string(&settings)
            .map_err(|_| Failure::internal("the settings could not be written"))?;
        self.session.vault.save_settings_text(text).await?;
        self.session.obey(&settings);
        Ok(settings)
    }
}

fn check(settings: &Settings) -> Result<(), Failure> {
    if !(0.9..=1.5).contains(&settings.text_scale) {
        return Err(Failure::invalid("Text size goes from 0.9 to 1.5."));
    }
    if settings.lock_after_minutes.is_some_and(|minutes| !(1..=MAX_LOCK_MINUTES).contains(&minutes))
    {
        return Err(Failure::invalid("The desk locks after 1 to 1,440 minutes, or never."));
    }
    if settings.instructions.chars().count() > MAX_INSTRUCTIONS {
        return Err(Failure::invalid("Instructions have at most 20,000 characters."));
    }
    if settings.language.as_ref().is_some_and(|language| language.len() > 20) {
        return Err(Failure::invalid("There is no such language."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_outside_their_limits_are_refused() {
        let mut settings = Settings { text_scale: f32::NAN, ..Settings::default() };
        assert!(check(&settings).is_err(), "a text size that is no number would blank the screen");
        settings.text_scale = 1.0;
        settings.lock_after_minutes = Some(0);
        assert!(check(&settings).is_err(), "a desk that locks at once cannot be used");
        settings.lock_after_minutes = None;
        assert!(check(&settings).is_ok(), "never locking is the person's choice");
    }
}
