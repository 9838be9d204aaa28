//! The models that lie on this machine: GGUF files in the models folders.
//!
//! Knows files by their names and their first four bytes. Whether a file is
//! whole, and of a kind that can run, the sidecar says when it is started.
//! A model is found by looking through the folders, never by joining its name
//! to a path: names come from the workspace, which a member could edit.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::LocalModelError;

/// The name people read.
pub const BUILT_IN_LABEL: &str = "SmolLM2 135M Instruct";
/// The name in requests.
pub const BUILT_IN_MODEL: &str = "smollm2-135m-instruct";
/// The file with the weights that come with Carrel.
pub const WEIGHTS_FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

/// How every GGUF file begins.
const MAGIC: &[u8; 4] = b"GGUF";

/// The folder for the models that people add.
pub(crate) fn own_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("models")
}

/// Where the sidecar and the models lie.
#[derive(Clone, Debug)]
pub struct LocalModelFiles {
    /// The sidecar's executable.
    pub sidecar: PathBuf,
    /// The folder of the models that came with Carrel.
    pub shipped: PathBuf,
    /// The folder for the models that people add.
    pub own: PathBuf,
}

impl LocalModelFiles {
    /// The sidecar and the models beside this executable, unless `CARREL_LOCAL_MODEL` (the
    /// sidecar) or `CARREL_MODELS_DIR` (the folder) say otherwise, and `models` in `data_dir`.
    #[must_use]
    pub fn find(data_dir: &Path) -> Self {
        let here = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf))
            .unwrap_or_default();
        let sidecar = std::env::var_os("CARREL_LOCAL_MODEL").map_or_else(
            || here.join(format!("carrel-local-model{}", std::env::consts::EXE_SUFFIX)),
            PathBuf::from,
        );
        let shipped = std::env::var_os("CARREL_MODELS_DIR")
            .map_or_else(|| here.join("models"), PathBuf::from);
        Self { sidecar, shipped, own: own_folder(data_dir) }
    }

    /// Every model, by name. Where both folders have one of the same name, the person's own wins.
    pub(crate) fn weights(&self) -> Vec<WeightsFile> {
        let mut found: Vec<WeightsFile> = Vec::new();
        for folder in [&self.own, &self.shipped] {
            // A folder that is not there holds no models.
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            for weights in entries.filter_map(|entry| WeightsFile::at(entry.path())) {
                if !found.iter().any(|known| known.model == weights.model) {
                    found.push(weights);
                }
            }
        }
        found.sort_by(|one, other| one.model.cmp(&other.model));
        found
    }

    /// The file of a model.
    ///
    /// # Errors
    /// Says that there is none, and where it belongs.
    pub(crate) fn find_weights(&self, model: &str) -> Result<WeightsFile, LocalModelError> {
        let missing = || {
            if model == BUILT_IN_MODEL {
                LocalModelError::WeightsMissing { folder: self.own.clone() }
            } else {
                LocalModelError::FileMissing { model: model.to_owned(), folder: self.own.clone() }
            }
        };
        self.weights().into_iter().find(|weights| weights.model == model).ok_or_else(missing)
    }
}

/// One GGUF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WeightsFile {
    /// The model's name in requests.
    pub(crate) model: String,
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
}

impl WeightsFile {
    /// The file at `path`, where it is one and named like a model.
    fn at(path: PathBuf) -> Option<Self> {
        let model = model_of(path.file_name()?.to_str()?)?;
        let facts = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some(Self { model, path, bytes: facts.len() })
    }

    /// Looks at the file's first bytes.
    ///
    /// # Errors
    /// Where it cannot be read, or begins like no GGUF file.
    pub(crate) fn inspect(&self) -> Result<(), LocalModelError> {
        let mut begin = Vec::new();
        let read = File::open(&self.path).and_then(|file| file.take(4).read_to_end(&mut begin));
        match read {
            Ok(_) if begin == MAGIC => Ok(()),
            Ok(_) => Err(LocalModelError::NotAModel { file: self.file_name() }),
            Err(_) => Err(LocalModelError::Unreadable { file: self.file_name() }),
        }
    }

    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// A model as people read it.
pub(crate) fn label_of(model: &str) -> String {
    if model == BUILT_IN_MODEL { BUILT_IN_LABEL.to_owned() } else { model.to_owned() }
}

/// The model in a file of this name; none for other files, and for the later parts of a model in
/// several files, which the first part leads to.
fn model_of(file: &str) -> Option<String> {
    if file == WEIGHTS_FILE {
        return Some(BUILT_IN_MODEL.to_owned());
    }
    let (stem, kind) = file.rsplit_once('.')?;
    let hidden = stem.is_empty() || stem.starts_with('.') || stem.chars().any(char::is_control);
    if hidden || !kind.eq_ignore_ascii_case("gguf") || is_later_part(stem) {
        return None;
    }
    Some(stem.to_owned())
}

/// Parts are named `…-00002-of-00003`.
fn is_later_part(stem: &str) -> bool {
    let number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let part = stem.rsplit_once("-of-").filter(|(_, of)| number(of));
    let part = part.and_then(|(before, _)| before.rsplit_once('-'));
    part.is_some_and(|(_, part)| number(part) && part != "00001")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_after_its_file() {
        for (file, model) in [
            (WEIGHTS_FILE, Some(BUILT_IN_MODEL)),
            ("qwen2.5-0.5b-instruct-q4_k_m.gguf", Some("qwen2.5-0.5b-instruct-q4_k_m")),
            ("Phi.GGUF", Some("Phi")),
            ("big-00001-of-00003.gguf", Some("big-00001-of-00003")),
            ("big-00002-of-00003.gguf", None),
            ("notes.txt", None),
            (".gguf", None),
            (".part.gguf", None),
            ("gguf", None),
        ] {
            assert_eq!(model_of(file).as_deref(), model, "{file}");
        }
    }

    fn folders() -> (tempfile::TempDir, LocalModelFiles) {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        let files =
            LocalModelFiles { sidecar: at("sidecar"), shipped: at("shipped"), own: at("own") };
        std::fs::create_dir(&files.shipped).expect("a folder");
        std::fs::create_dir(&files.own).expect("a folder");
        (dir, files)
    }

    #[test]
    fn a_persons_own_file_goes_before_one_that_came_with_carrel() {
        let (_dir, files) = folders();
        for (folder, name) in
            [(&files.shipped, "b.gguf"), (&files.own, "a.gguf"), (&files.own, "b.gguf")]
        {
            std::fs::write(folder.join(name), "GGUF").expect("a file");
        }
        let found: Vec<PathBuf> = files.weights().into_iter().map(|one| one.path).collect();
        assert_eq!(found, [files.own.join("a.gguf"), files.own.join("b.gguf")], "each once");
    }

    #[test]
    fn a_name_that_leads_elsewhere_finds_nothing() {
        let (dir, files) = folders();
        std::fs::write(dir.path().join("secret.gguf"), "GGUF").expect("a file");
        for model in ["../secret", "/etc/passwd", ""] {
            let found = files.find_weights(model);
            assert!(
                matches!(found, Err(LocalModelError::FileMissing { .. })),
                "names come from a file that members could edit: {found:?}"
            );
        }
    }

    #[test]
    fn what_only_looks_like_a_model_is_named() {
        let (_dir, files) = folders();
        let write = |name: &str, bytes: &str| {
            std::fs::write(files.own.join(name), bytes).expect("a file");
            files.find_weights(name.strip_suffix(".gguf").unwrap_or(name)).expect("listed")
        };
        assert!(write("good.gguf", "GGUF and more").inspect().is_ok(), "it begins like one");
        for (name, bytes) in [("page.gguf", "<!doctype html>"), ("empty.gguf", "")] {
            let told = write(name, bytes).inspect().map_err(|error| error.to_string());
            assert!(told.as_ref().is_err_and(|told| told.starts_with(name)), "{told:?}");
        }
    }
}
