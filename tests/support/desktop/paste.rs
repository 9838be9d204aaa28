//! Long text, brought into the window by the clipboard as a person would.

use fantoccini::key::Key;
use serde_json::json;

use super::Desktop;

impl Desktop {
    /// Pastes `text` where the focus is: it is laid out elsewhere on the page, cut there and
    /// pasted here, by the keys for it.
    pub async fn paste(&self, text: &str) {
        let lay_out = "window.pastesInto = document.activeElement;
            const source = document.createElement('textarea');
            source.id = 'paste-source';
            source.value = arguments[0];
            document.body.append(source);
            source.focus();
            source.select();
            return true;";
        self.client.execute(lay_out, vec![json!(text)]).await.expect("the text is laid out");
        self.keys(&[Key::Control], "c").await;
        let go_back = "document.getElementById('paste-source').remove();
            window.pastesInto.focus();
            return true;";
        self.client.execute(go_back, vec![]).await.expect("the field has the focus again");
        self.keys(&[Key::Control], "v").await;
    }
}
