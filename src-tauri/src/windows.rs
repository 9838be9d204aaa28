//! Making windows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use engine::WindowLabel;
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::place::{LEAST, Place};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A label that no window of this process had before.
pub(crate) fn next_label() -> WindowLabel {
    WindowLabel::from(format!("w{}", NEXT.fetch_add(1, Ordering::Relaxed)).as_str())
}

/// Opens a window.
///
/// The webview keeps nothing on disk: private mode, except when a test drives
/// it, because WebKitGTK's private contexts cannot be driven.
pub(crate) fn open(
    handle: &AppHandle,
    label: &WindowLabel,
    place: Option<Place>,
) -> tauri::Result<WebviewWindow> {
    let driven = std::env::var_os("TAURI_WEBVIEW_AUTOMATION").is_some();
    let mut builder =
        WebviewWindowBuilder::new(handle, label.as_str(), WebviewUrl::App("index.html".into()))
            .title("Carrel")
            .inner_size(1280.0, 800.0)
            .min_inner_size(LEAST, LEAST)
            .incognito(!driven)
            .on_navigation(is_own_page);
    if cfg!(target_os = "linux") && !driven {
        builder = builder.data_directory(folder_of(handle, label)?);
    }
    let window = builder.build()?;
    if let Some(place) = place {
        window.set_size(place.size())?;
        window.set_position(place.position())?;
        if place.maximized() {
            window.maximize()?;
        }
    }
    Ok(window)
}

/// A folder that tells a window's private context from those of the others; nothing is
/// kept in it.
///
/// On Linux tauri brings its page only to the first window of a folder, because it takes
/// windows of one folder to share a context; wry gives each private window a context of its
/// own, so that a second one would have no page to show.
fn folder_of(handle: &AppHandle, label: &WindowLabel) -> tauri::Result<PathBuf> {
    Ok(handle.path().app_local_data_dir()?.join("windows").join(label.as_str()))
}

/// Clears away what a closed window had to itself.
pub(crate) fn clear(handle: &AppHandle, label: &WindowLabel) {
    let Ok(folder) = folder_of(handle, label) else { return };
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, "a closed window's folder is left");
        }
        _ => {}
    }
}

/// Lets go of a window that is about to close.
///
/// wry's handler of messages and the webview it belongs to keep each other, so
/// that a closed webview stays in this process, with the words around the last
/// place where somebody typed. Without its handlers it goes.
#[cfg(target_os = "linux")]
pub(crate) fn let_go(window: &WebviewWindow) {
    use webkit2gtk::WebViewExt;
    use webkit2gtk::glib::prelude::ObjectExt;
    let letting_go = window.with_webview(|webview| {
        let Some(messages) = webview.inner().user_content_manager() else { return };
        #[expect(unsafe_code, reason = "nothing else cuts a handler whose number is not known")]
        // SAFETY: on the main thread, as GObject asks; the object has no state of its own that
        // it disposes of, and the webview is destroyed next.
        unsafe {
            messages.run_dispose();
        }
    });
    if let Err(error) = letting_go {
        tracing::warn!(%error, "a closed window stays in memory");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn let_go(_: &WebviewWindow) {}

/// Only Carrel's own page is shown in a window, whatever menu or key asks for another: a
/// foreign page could draw an unlock screen.
fn is_own_page(url: &tauri::Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Where the system's webview takes no scheme of one's own.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        "about" => url.path() == "blank",
        _ => false,
    }
}

/// Asks WebKitGTK to draw without acceleration, unless the person already
/// chose something; called before any thread or window exists.
pub(crate) fn draw_safely() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if cfg!(target_os = "linux") && std::env::var_os(SWITCH).is_none() {
        #[expect(unsafe_code, reason = "the process has one thread yet; WebKitGTK reads only this")]
        // SAFETY: no other thread exists that could read the environment now.
        unsafe {
            std::env::set_var(SWITCH, "1");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_no_page_but_its_own() {
        let shown = |url: &str| url.parse().is_ok_and(|url| is_own_page(&url));
        assert!(shown("tauri://localhost/index.html"), "the page itself");
        for foreign in [
            "https://example.com/",
            "https://tauri.localhost.example.com/",
            "tauri://example.com/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:srcdoc",
        ] {
            assert!(!shown(foreign), "{foreign}");
        }
    }
}
