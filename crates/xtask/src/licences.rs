//! Whose work is built into Carrel, and under which licences.
//!
//! `docs/licences.json` is written from cargo's graph and npm's lock file, with
//! the licence texts as their authors ship them, each kept once. The gate
//! compares its list of packages; the about page shows all of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::command::asked;
use crate::place::Place;
use crate::trouble::Trouble;

/// The programs whose parts are listed.
const PROGRAMS: [&str; 3] = ["carrel-desktop", "cli", "local-model"];
/// A longer file beside a package is no licence.
const LONGEST_TEXT: u64 = 200_000;
/// Of a package that names none.
const SEE_TEXT: &str = "see its text";
/// Fetched, not built in: the weights of the built-in model.
const WEIGHTS: (&str, &str, &str) = ("SmolLM2-135M-Instruct", "Q4_1", "Apache-2.0");

/// The file as it is kept.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Licences {
    packages: Vec<Package>,
    texts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Package {
    name: String,
    version: String,
    licence: String,
    /// Places in the list of texts.
    texts: Vec<usize>,
}

/// Writes the file anew.
///
/// # Errors
/// When cargo fails, the screens' dependencies are not installed, or a file cannot be written.
pub(crate) fn write(place: &Place) -> Result<(), Trouble> {
    let found = collect(place)?;
    let text = serde_json::to_string_pretty(&found)
        .map_err(|error| Trouble::Mend(format!("the licences cannot be written: {error}")))?;
    let file = file(place);
    std::fs::write(&file, text + "\n").map_err(Trouble::file(&file))
}

/// Compares the packages that the file names with those that are built in.
///
/// # Errors
/// `Mend` with the differences.
pub(crate) fn check(place: &Place) -> Result<(), Trouble> {
    let file = file(place);
    let kept = std::fs::read_to_string(&file).map_err(Trouble::file(&file))?;
    let kept: Licences = serde_json::from_str(&kept)
        .map_err(|error| Trouble::Mend(format!("docs/licences.json cannot be read: {error}")))?;
    let (kept, found) = (named(&kept), named(&collect(place)?));
    if kept == found {
        return Ok(());
    }
    let list = |names: BTreeSet<&String>| {
        names.into_iter().map(|name| format!("\n  {name}")).collect::<String>()
    };
    Err(Trouble::Mend(format!(
        "docs/licences.json is not what is built in; write it with cargo xtask licences.\nmissing:{}\ngone:{}",
        list(found.difference(&kept).collect()),
        list(kept.difference(&found).collect())
    )))
}

fn file(place: &Place) -> PathBuf {
    place.root.join("docs/licences.json")
}

fn named(licences: &Licences) -> BTreeSet<String> {
    let spelled = |one: &Package| format!("{} {} ({})", one.name, one.version, one.licence);
    licences.packages.iter().map(spelled).collect()
}

fn collect(place: &Place) -> Result<Licences, Trouble> {
    let mut shelf = Shelf::default();
    for (name, version, licence, folder) in crates(place)?.into_iter().chain(screens(place)?) {
        shelf.put(name, version, licence, texts_in(&folder)?);
    }
    let (name, version, licence) = WEIGHTS;
    shelf.put(name.to_owned(), version.to_owned(), licence.to_owned(), Vec::new());
    shelf.packages.sort();
    Ok(Licences { packages: shelf.packages, texts: shelf.texts })
}

#[derive(Default)]
struct Shelf {
    packages: Vec<Package>,
    texts: Vec<String>,
    places: HashMap<String, usize>,
}

impl Shelf {
    fn put(&mut self, name: String, version: String, licence: String, texts: Vec<String>) {
        let mut places: Vec<usize> = Vec::new();
        for text in texts {
            let next = self.texts.len();
            let place = *self.places.entry(text.clone()).or_insert(next);
            if place == next {
                self.texts.push(text);
            }
            places.push(place);
        }
        self.packages.push(Package { name, version, licence, texts: places });
    }
}

/// Name, version, licence and folder of a package.
type Found = (String, String, String, PathBuf);

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Crate>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Crate {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// The crates that are linked into the programs, on every system.
fn crates(place: &Place) -> Result<Vec<Found>, Trouble> {
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--format-version=1", "--locked"]).current_dir(&place.root);
    let metadata: Metadata = serde_json::from_str(&asked(&mut cargo)?)
        .map_err(|error| Trouble::Mend(format!("cargo metadata was not understood: {error}")))?;
    let nodes: HashMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let programs = metadata.packages.iter().filter(|one| PROGRAMS.contains(&one.name.as_str()));
    let mut left: Vec<&str> = programs.map(|one| one.id.as_str()).collect();
    let mut linked: BTreeSet<&str> = BTreeSet::new();
    while let Some(id) = left.pop() {
        if linked.insert(id)
            && let Some(node) = nodes.get(id)
        {
            let linked = |edge: &&Edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none());
            left.extend(node.deps.iter().filter(linked).map(|edge| edge.pkg.as_str()));
        }
    }
    let foreign =
        metadata.packages.iter().filter(|one| one.source.is_some() && linked.contains(&*one.id));
    let found = foreign.map(|one| {
        let licence = one.license.clone().unwrap_or_else(|| SEE_TEXT.to_owned());
        let folder = one.manifest_path.parent().unwrap_or(Path::new(".")).to_path_buf();
        (one.name.clone(), one.version.clone(), licence, folder)
    });
    Ok(found.collect())
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
struct Locked {
    #[serde(default)]
    version: String,
    #[serde(default)]
    license: String,
    #[serde(default)]
    dev: bool,
}

/// The packages that the screens are built from.
fn screens(place: &Place) -> Result<Vec<Found>, Trouble> {
    let lock = place.ui().join("package-lock.json");
    let text = std::fs::read_to_string(&lock).map_err(Trouble::file(&lock))?;
    let lock: Lock = serde_json::from_str(&text)
        .map_err(|error| Trouble::Mend(format!("ui/package-lock.json is damaged: {error}")))?;
    let built_in = lock.packages.into_iter().filter(|(path, one)| !path.is_empty() && !one.dev);
    let found = built_in.map(|(path, one)| {
        let name = path.rsplit("node_modules/").next().unwrap_or(&path).to_owned();
        let licence = if one.license.is_empty() { SEE_TEXT.to_owned() } else { one.license };
        (name, one.version, licence, place.ui().join(&path))
    });
    Ok(found.collect())
}

/// The licence texts beside a package, by name.
fn texts_in(folder: &Path) -> Result<Vec<String>, Trouble> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Err(Trouble::Mend(format!(
            "{} is not there; run cargo xtask ui first",
            folder.display()
        )));
    };
    let beside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    // What a package carries along of others lies in a folder of its own, such as SQLCipher.
    let carried = beside.iter().filter_map(|path| std::fs::read_dir(path).ok());
    let carried = carried.flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = carried.chain(beside.iter().cloned()).collect();
    files.retain(|path| path.is_file() && is_licence(path));
    files.sort();
    let mut texts = Vec::new();
    for path in files {
        let size = std::fs::metadata(&path).map_err(Trouble::file(&path))?.len();
        if size <= LONGEST_TEXT {
            let bytes = std::fs::read(&path).map_err(Trouble::file(&path))?;
            let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
            texts.push(text.trim().to_owned());
        }
    }
    Ok(texts)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
    let begins = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT"];
    let code = [".RS", ".JS", ".TS", ".JSON", ".TOML"].iter().any(|end| name.ends_with(end));
    begins.iter().any(|begin| name.starts_with(begin)) && !code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_many_ship_is_kept_once() {
        let mut shelf = Shelf::default();
        for name in ["a", "b"] {
            let texts = vec!["MIT of all".to_owned(), format!("NOTICE of {name}")];
            shelf.put(name.to_owned(), "1.0.0".to_owned(), "MIT".to_owned(), texts);
        }
        assert_eq!(shelf.texts.len(), 3, "one shared, one of each");
        assert_eq!(shelf.packages[1].texts, [0, 2], "and found from both");
    }

    #[test]
    fn licences_are_told_from_code_by_their_names() {
        let is = |name: &str| is_licence(Path::new(name));
        assert!(is("LICENSE-MIT") && is("licence.txt") && is("COPYING") && is("NOTICE.md"));
        assert!(!is("license.rs") && !is("README.md") && !is("licenses.json"), "not those");
    }
}
