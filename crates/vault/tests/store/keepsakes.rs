//! Settings and pins.

use crate::desk::{Desk, in_both_vaults};
use vault::Vault;

in_both_vaults! {
    async fn settings_are_kept_as_they_were_saved(vault: &Vault) {
        assert_eq!(vault.settings_text().await.unwrap(), None, "none at first");
        vault.save_settings_text("{\"theme\":\"dark\"}".to_owned()).await.unwrap();
        vault.save_settings_text("{}".to_owned()).await.unwrap();
        assert_eq!(vault.settings_text().await.unwrap().as_deref(), Some("{}"), "the last ones");
    }

    async fn pins_keep_bytes_by_name(vault: &Vault) {
        assert_eq!(vault.pin("workspace").await.unwrap(), None, "none at first");
        vault.set_pin("workspace", vec![1, 0, 2]).await.unwrap();
        vault.set_pin("other", vec![]).await.unwrap();
        assert_eq!(vault.pin("workspace").await.unwrap(), Some(vec![1, 0, 2]), "its own bytes");
        assert_eq!(vault.pin("other").await.unwrap(), Some(vec![]), "empty is not none");
    }
}

#[tokio::test]
async fn settings_and_pins_survive_reopening() {
    let desk = Desk::new();
    desk.vault.save_settings_text("{}".to_owned()).await.unwrap();
    desk.vault.set_pin("workspace", vec![7]).await.unwrap();
    let desk = desk.crash();
    assert_eq!(desk.vault.settings_text().await.unwrap().as_deref(), Some("{}"), "settings");
    assert_eq!(desk.vault.pin("workspace").await.unwrap(), Some(vec![7]), "pins");
}
