//! The TypeScript twins of the commands' types.
//!
//! `CARREL_WRITE_BINDINGS=1 cargo test -p engine bindings` writes them into
//! `ui/src/ipc/bindings`; without it the test compares and fails on a difference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ts_rs::{Config, TS};

use crate::api;

macro_rules! exporter {
    (
        door { $($door:ident($door_request:ident) -> $door_answer:ident;)* }
        desk { $($desk:ident($desk_request:ident) -> $desk_answer:ident by $desk_gate:ident;)* }
        stream {
            $($stream:ident($stream_request:ident) -> $stream_answer:ident by $stream_gate:ident;)*
        }
    ) => {
        fn export_into(config: &Config) {
            $(export::<api::$door_request>(config); export::<api::$door_answer>(config);)*
            $(export::<api::$desk_request>(config); export::<api::$desk_answer>(config);)*
            $(export::<api::$stream_request>(config); export::<api::$stream_answer>(config);)*
            export::<api::TurnBatch>(config);
            export::<api::Failure>(config);
        }
    };
}

crate::for_each_command!(exporter);

fn export<T: TS + 'static>(config: &Config) {
    T::export_all(config).expect("the folder can be written");
}

fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(at) = left.pop() {
        for entry in std::fs::read_dir(&at).expect("the folder can be read").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("below it").to_path_buf();
                found.insert(name, std::fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}

#[test]
fn the_committed_bindings_are_those_of_the_commands() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/src/ipc/bindings");
    let fresh = tempfile::tempdir().expect("a folder");
    export_into(&Config::new().with_out_dir(fresh.path()));
    let (fresh, old) = (files(fresh.path()), files(&committed));
    if std::env::var_os("CARREL_WRITE_BINDINGS").is_some() {
        for name in old.keys().filter(|name| !fresh.contains_key(*name)) {
            std::fs::remove_file(committed.join(name)).expect("an old binding can be removed");
        }
        for (name, text) in &fresh {
            std::fs::write(committed.join(name), text).expect("a binding can be written");
        }
        return;
    }
    let differing: Vec<_> =
        fresh.keys().chain(old.keys()).filter(|name| fresh.get(*name) != old.get(*name)).collect();
    assert!(
        differing.is_empty(),
        "a screen would speak of types that the engine does not know: {differing:?}; \
         write them anew with CARREL_WRITE_BINDINGS=1 cargo test -p engine bindings"
    );
}
