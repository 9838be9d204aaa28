//! The tree as the rules see it: packages with their dependencies, and files.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

/// What is checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct House {
    pub(crate) packages: Vec<Package>,
    /// All files that git keeps or would keep, below the top, sorted by path.
    pub(crate) files: Vec<File>,
}

/// A package of this workspace.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Package {
    manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `dev` or `build`; none for what is linked.
    pub(crate) kind: Option<String>,
    /// Only where it lies in this workspace.
    pub(crate) path: Option<PathBuf>,
}

/// A file with its text; the text is empty where it is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl House {
    /// The house this test was compiled in.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().expect("the top of the tree");
        Self { packages: packages(&root), files: files(&root) }
    }

    /// A house with one file.
    pub(crate) fn with_file(path: &str, text: &str) -> Self {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        Self { files: vec![file], ..Self::default() }
    }

    /// A house with one package that depends on another.
    pub(crate) fn with_dependency(package: &str, on: &str, inside: bool) -> Self {
        let path = inside.then(|| PathBuf::from("/house/crates").join(on));
        let dependency = Dependency { name: on.to_owned(), kind: None, path };
        let package = Package {
            manifest_path: PathBuf::from("/house/crates").join(package).join("Cargo.toml"),
            dependencies: vec![dependency],
        };
        Self { packages: vec![package], ..Self::default() }
    }

    /// Files whose path begins and ends so.
    pub(crate) fn files(&self, begin: &str, ends: &[&str]) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| {
            file.path.starts_with(begin) && ends.iter().any(|end| file.path.ends_with(end))
        })
    }
}

impl Package {
    /// The name of its folder, by which the architecture calls it.
    pub(crate) fn folder(&self) -> &str {
        let folder = self.manifest_path.parent().and_then(Path::file_name);
        folder.and_then(|name| name.to_str()).unwrap_or_default()
    }
}

impl File {
    /// Its lines with their numbers, without comments, up to its own tests.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        let lines = lines.take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"));
        let numbered = lines.map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Whether `line` names `path` as code does: `ring::` is not found in `string::`.
pub(crate) fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_' && letter != ':')
    })
}

fn packages(root: &Path) -> Vec<Package> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--no-deps", "--offline"]).current_dir(root);
    let said = cargo.output().expect("cargo metadata runs");
    let metadata: Metadata = serde_json::from_slice(&said.stdout).expect("and speaks JSON");
    metadata.packages
}

fn files(root: &Path) -> Vec<File> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(root);
    let said = git.output().expect("git lists the files");
    let paths = String::from_utf8_lossy(&said.stdout).into_owned();
    let paths = paths.split('\0').filter(|path| !path.is_empty() && root.join(path).exists());
    let mut files: Vec<_> = paths
        .map(|path| {
            let text = std::fs::read_to_string(root.join(path)).unwrap_or_default();
            File { path: path.to_owned(), text }
        })
        .collect();
    assert!(!files.is_empty(), "git must see this tree");
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

#[test]
fn a_name_is_found_only_as_a_whole() {
    assert!(names("use ring::aead;", "ring::"), "a use");
    assert!(!names("std::string::String", "ring::"), "the end of another word");
    assert!(!names("crate::ring::x", "ring::"), "a module of one's own");
}
