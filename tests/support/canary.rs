//! Looking for a word in every byte below a folder.

use std::path::{Path, PathBuf};

/// The files that hold `canary`, as UTF-8 or as UTF-16 of either order.
#[must_use]
pub fn find(folder: &Path, canary: &[u8]) -> Vec<PathBuf> {
    let wide_little: Vec<u8> = canary.iter().flat_map(|byte| [*byte, 0]).collect();
    let wide_big: Vec<u8> = canary.iter().flat_map(|byte| [0, *byte]).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let bytes = std::fs::read(&path).unwrap_or_default();
                let holds = [canary, &wide_little, &wide_big]
                    .iter()
                    .any(|word| bytes.windows(word.len()).any(|window| window == *word));
                if holds {
                    found.push(path);
                }
            }
        }
    }
    found
}
