//! The desktop shell: windows and IPC over the engine.
//!
//! Decides nothing. Every window gets a label that is never reused; the
//! engine knows from the label alone whose desk a call is for.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod host;
mod ipc;
mod logging;
mod memory;
mod place;
#[cfg(target_os = "linux")]
mod sleep;
mod windows;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::{App, KeyCost, LocalModelFiles, Setup, SystemClock, WindowLabel};
use tauri::{Manager, RunEvent, WebviewWindow, WindowEvent};
use tokio::time::MissedTickBehavior;

use crate::host::DesktopHost;
use crate::place::Place;

const USAGE: &str = "\
Usage: carrel-desktop [--safe-rendering] [--version] [--help]

  --safe-rendering   draw without graphics acceleration, where the window stays blank
  --version          print the version
  CARREL_DATA_DIR    keeps all data in this folder instead of the usual one
";

fn main() -> ExitCode {
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--safe-rendering" => windows::draw_safely(),
            "--version" => return print(&format!("carrel {}\n", env!("CARGO_PKG_VERSION"))),
            "--help" | "-h" => return print(USAGE),
            _ => {
                print(USAGE);
                return ExitCode::from(2);
            }
        }
    }
    logging::start();
    memory::begin_again_wiping();
    engine::guard_memory();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window system could not be started");
            print(&format!("Carrel could not open a window: {error}\n"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> tauri::Result<()> {
    let shell = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ipc::call, ipc::ask])
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { .. } => {
                if let Some(window) = window.get_webview_window(window.label()) {
                    remember_place(&window);
                    windows::let_go(&window);
                }
            }
            WindowEvent::Destroyed => {
                let label = WindowLabel::from(window.label());
                window.state::<Arc<App>>().window_closed(&label);
                windows::clear(window.app_handle(), &label);
            }
            _ => {}
        })
        .setup(|shell| {
            let host = Arc::new(DesktopHost::new(shell.handle().clone()));
            let starting = tauri::async_runtime::spawn(App::start(Setup {
                data_dir: engine::data_dir(),
                clock: Arc::new(SystemClock),
                host: host.clone(),
                local_model: LocalModelFiles::find(&engine::data_dir()),
                key_cost: KeyCost::Calibrated,
                keychain: engine::keychain(&engine::data_dir()),
            }));
            // The webview begins in processes of its own while the engine does; what its page
            // asks is heard only once this function has returned.
            host.open_chooser(Place::kept(&engine::data_dir(), shell.handle()))?;
            let app = tauri::async_runtime::block_on(starting)??;
            tauri::async_runtime::spawn(stop_what_is_idle(Arc::clone(&app)));
            let programs = endpoint::keep_open(Arc::clone(&app), endpoint::usual_address());
            tauri::async_runtime::spawn(programs);
            #[cfg(target_os = "linux")]
            tauri::async_runtime::spawn(sleep::watch(Arc::clone(&app)));
            shell.manage(app);
            Ok(())
        })
        .build(tauri::generate_context!())?;

    let mut closing = false;
    shell.run(move |handle, event| {
        if let RunEvent::ExitRequested { api, code, .. } = event
            && !closing
        {
            // Seal what is still open before the process goes away.
            closing = true;
            api.prevent_exit();
            let handle = handle.clone();
            let app = Arc::clone(&handle.state::<Arc<App>>());
            tauri::async_runtime::spawn(async move {
                app.close().await;
                handle.exit(code.unwrap_or(0));
            });
        }
    });
    Ok(())
}

/// The next run opens where this window stands now.
fn remember_place(window: &WebviewWindow) {
    if let Some(Err(error)) = Place::of(window).map(|place| place.keep(&engine::data_dir())) {
        tracing::warn!(%error, "the window's place could not be kept");
    }
}

/// Looks every second whether a desk has to lock by itself, or a model to be unloaded.
async fn stop_what_is_idle(app: Arc<App>) {
    let mut every_second = tokio::time::interval(Duration::from_secs(1));
    every_second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every_second.tick().await;
        let app = Arc::clone(&app);
        tauri::async_runtime::spawn(async move {
            app.lock_idle_desks().await;
            app.stop_idle_models().await;
        });
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
