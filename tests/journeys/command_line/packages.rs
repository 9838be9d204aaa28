//! Packages that somebody harmed: Carrel and the script say the same of each.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::ProfileId;
use engine::{check_export, check_package, is_package};
use sealed::SigningKey;
use serde_json::Value;
use sha2::{Digest, Sha256};
use support::dice::{Dice, soak};
use support::insider::keyring;
use support::people::{Carrel, PASSPHRASE};

use super::audit::by_the_script;
use super::{carrel, closed_desk, json};

const FORM: &str =
    "This package is cut off or was changed: it is not in the form that Carrel writes.";
const FORGED: &str = "The manifest of this package is not signed with the key that it names.";
const UNREADABLE: &str = "The manifest of this package cannot be read.";

/// One of the files in a package: its name, and its bytes with their header and zeros.
#[derive(Clone)]
struct File {
    name: String,
    blocks: Vec<u8>,
    size: usize,
}

impl File {
    fn content(&self) -> &[u8] {
        &self.blocks[512..512 + self.size]
    }

    /// Written as Carrel writes one.
    fn new(name: &str, content: &[u8]) -> Self {
        let mut header = [0_u8; 512];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[100..108].copy_from_slice(b"0000644\0");
        header[108..116].copy_from_slice(b"0000000\0");
        header[116..124].copy_from_slice(b"0000000\0");
        header[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        header[136..148].copy_from_slice(b"00000000000\0");
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        let mut blocks = header.to_vec();
        blocks.extend_from_slice(content);
        blocks.resize(512 + content.len().next_multiple_of(512), 0);
        let mut file = Self { name: name.to_owned(), blocks, size: content.len() };
        file.sum_up();
        file
    }

    /// Writes other bytes into the header.
    fn with(mut self, at: usize, bytes: &[u8]) -> Self {
        self.blocks[at..at + bytes.len()].copy_from_slice(bytes);
        self.sum_up();
        self
    }

    fn sum_up(&mut self) {
        self.blocks[148..156].copy_from_slice(b"        ");
        let sum: u32 = self.blocks[..512].iter().map(|byte| u32::from(*byte)).sum();
        self.blocks[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    }
}

fn files(package: &[u8]) -> Vec<File> {
    let mut files = Vec::new();
    let mut rest = package;
    while rest[0] != 0 {
        let end = rest.iter().position(|byte| *byte == 0).expect("a name's end");
        let name = String::from_utf8(rest[..end].to_vec()).expect("text");
        let size = std::str::from_utf8(&rest[124..135]).expect("digits");
        let size = usize::from_str_radix(size, 8).expect("digits");
        let length = 512 + size.next_multiple_of(512);
        files.push(File { name, blocks: rest[..length].to_vec(), size });
        rest = &rest[length..];
    }
    files
}

fn packed(files: &[File]) -> Vec<u8> {
    let mut package: Vec<u8> = files.iter().flat_map(|file| file.blocks.clone()).collect();
    package.resize(package.len() + 1_024, 0);
    package
}

/// The package with another file in the place of that with its name.
fn replaced(files: &[File], file: &File) -> Vec<u8> {
    let other = |one: &File| if one.name == file.name { file.clone() } else { one.clone() };
    packed(&files.iter().map(other).collect::<Vec<_>>())
}

fn named<'a>(files: &'a [File], name: &str) -> &'a File {
    files.iter().find(|file| file.name == name).expect("it is in the package")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The package with what `change` makes of its manifest, and of one more file, signed with `key`.
fn signed_anew(
    files: &[File],
    key: &SigningKey,
    other: Option<&File>,
    change: impl Fn(&mut Value),
) -> Vec<u8> {
    let mut files = files.to_vec();
    let mut manifest: Value =
        serde_json::from_slice(named(&files, "manifest.json").content()).expect("JSON");
    if let Some(other) = other {
        let listed = manifest["files"].as_array_mut().expect("a list");
        let entry = listed.iter_mut().find(|one| one["name"] == *other.name).expect("listed");
        entry["size"] = other.size.into();
        entry["sha256"] = hex(&Sha256::digest(other.content())).into();
        let place = files.iter().position(|file| file.name == other.name).expect("it is there");
        files[place] = other.clone();
    }
    change(&mut manifest);
    // As it is read, it is sorted: that is canonical here.
    let text = super::verifiers::canonical(&manifest);
    let signature = key.sign(format!("carrel record package 1\0{text}").as_bytes());
    files[0] = File::new("manifest.json", text.as_bytes());
    files[1] = File::new("manifest.sig", format!("{}\n", hex(&signature)).as_bytes());
    packed(&files)
}

/// A package, who made it, and their key.
async fn package(dir: &Path) -> (Vec<u8>, ProfileId, SigningKey) {
    let house = Carrel::start(dir).await;
    house.first_run().await;
    let mira = house.profile("Mira").await;
    house.app.close().await;
    drop(house);
    let arguments =
        ["audit", "export", "--format", "package", "--profile", "Mira", "--passphrase-fd", "0"];
    let output = carrel(dir, &arguments, PASSPHRASE);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    (output.stdout, mira, keyring(dir, mira, PASSPHRASE).signing())
}

/// What Carrel says of a package, in the words that the script says of it, too.
fn by_carrel(package: &[u8]) -> String {
    let mut from = Cursor::new(package);
    let export = match is_package(&mut from).expect("it is in memory") {
        true => check_package(from, None, None).map(|checked| checked.export),
        false => check_export(from, None, None),
    };
    match export {
        Ok(export) => match export.report.fault {
            None => format!("{} events hold", export.report.events),
            Some(at) => format!("event {} does not hold", at.sequence),
        },
        Err(failure) if failure.message.starts_with("Line ") => "NO EXPORT".to_owned(),
        Err(failure) => failure.message,
    }
}

/// What both say of each of these.
fn by_both(dir: &Path, packages: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for (number, (_, package)) in packages.iter().enumerate() {
        let path = dir.join(format!("{number}.tar"));
        std::fs::write(&path, package).expect("written");
        paths.push(path);
    }
    let (_, told) = by_the_script(&paths);
    assert_eq!(told.len(), packages.len(), "a line for each: {told:?}");
    let judged = packages.iter().zip(told).map(|((what, package), line)| {
        let ours = by_carrel(package);
        assert!(line.contains(&ours), "{what}: {ours:?}, or {line:?}?");
        ours
    });
    judged.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_verified_without_a_desk_by_carrel_and_by_the_script_in_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let (package, mira, key) = package(dir.path()).await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("record.tar");
    std::fs::write(&file, &package).expect("written");
    let name = file.to_str().expect("text");

    let checked = carrel(elsewhere.path(), &["--json", "audit", "check", name], "");
    let said = json(&checked.stdout);
    assert_eq!(
        (checked.status.code(), &said["record"]["fault"]),
        (Some(0), &Value::Null),
        "{said}"
    );
    assert_eq!(said["package"]["by"], mira.to_string(), "who made it");
    assert_eq!(said["package"]["key"], hex(&key.public().0), "with whose key");
    let plain = carrel(elsewhere.path(), &["audit", "check", name], "");
    let plain = String::from_utf8(plain.stdout).expect("text");
    assert!(plain.contains(&format!("every file is as {mira} signed it")), "{plain}");

    // Another reader of tar files: the script is taken out with it, and verifies the rest.
    let taken = "import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])";
    let out = elsewhere.path().join("out");
    let python = |arguments: &[&str]| {
        let output = Command::new("python3").args(arguments).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let unpacked = python(&["-c", taken, name, out.to_str().expect("text")]);
    assert_eq!(unpacked.0, Some(0), "{unpacked:?}");
    let script = out.join("audit-verify.py");
    let (code, told) = python(&[script.to_str().expect("text"), name]);
    assert_eq!(code, Some(0), "{told}");
    let events = &said["record"]["events"];
    assert!(told.starts_with(&format!("well  {name}: {events} events hold")), "{told}");

    let root = plain.lines().find_map(|line| line.strip_prefix("root  ")).expect("a key");
    let other = "0".repeat(64);
    for (root, ours, script_says) in [(root, 0, 0), (other.as_str(), 2, 1)] {
        let checked = carrel(elsewhere.path(), &["audit", "check", name, "--root", root], "");
        let (code, _) = python(&[script.to_str().expect("text"), "--root", root, name]);
        assert_eq!((checked.status.code(), code), (Some(ours), Some(script_says)), "{root}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_forms_of_an_export_are_chosen_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    closed_desk(dir.path()).await;
    let (code, rows) = super::as_mira(dir.path(), &["audit", "export", "--format", "csv"]);
    assert!(code == Some(0) && rows.starts_with("number,time_utc,actor"), "{rows}");
    let (code, events) = super::as_mira(dir.path(), &["audit", "export", "--format", "ocsf"]);
    assert!(code == Some(0) && events.contains("\"class_uid\":3002"), "{events}");
    let (code, _) = super::as_mira(dir.path(), &["audit", "export", "--format", "pdf"]);
    assert_eq!(code, Some(2), "there is no such form");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_package_is_told_why_it_does_not_hold_and_both_say_the_same() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, _, key) = package(dir.path()).await;
    let files = files(&whole);
    assert_eq!(packed(&files), whole, "it is read as it was written");
    let further = |file: File| packed(&[&files[..], &[file]].concat());
    let csv = named(&files, "record.csv");
    let holds = by_carrel(&whole);
    assert!(holds.ends_with("events hold"), "{holds}");
    let cut = |length: usize| whole[..length].to_vec();
    let foreign = |name: &str| format!("This package holds {name}, which is none of its files.");
    let too_long =
        |name: &str| format!("In this package {name} is longer than such a file can be.");
    let changed = |name: &str| format!("In this package {name} is not what was signed.");
    let mut garbage = whole.clone();
    garbage.extend_from_slice(&[0; 512]);
    let mut filled = whole.clone();
    let place = 512 + named(&files, "manifest.json").size;
    filled[place] = b'x';
    let stranger = SigningKey::from_seed(&[7; 32]);
    let record = named(&files, "record.jsonl");
    let mut harmed = String::from_utf8(record.content().to_vec()).expect("text");
    harmed = harmed.replacen("workspace_created", "workspace_destroyed", 1);
    let harmed = File::new("record.jsonl", harmed.as_bytes());
    let no_record = File::new("record.jsonl", b"{}\n");

    let mut cases: Vec<(&str, Vec<u8>, String)> = vec![
        ("as it was written", whole.clone(), holds.clone()),
        ("in another order", packed(&files.iter().rev().cloned().collect::<Vec<_>>()), holds),
        ("up the folders", further(File::new("../evil.sh", b"rm")), foreign("../evil.sh")),
        ("from the root", further(File::new("/etc/passwd", b"x")), foreign("/etc/passwd")),
        ("to a terminal", further(File::new("\x1b[2Jx", b"x")), foreign("?[2Jx")),
        ("no name", further(File::new("", b"x")), foreign("")),
        ("twice", further(csv.clone()), "This package holds record.csv twice.".into()),
        ("nothing in it", packed(&[]).to_vec(), "NO EXPORT".into()),
        ("a link", replaced(&files, &csv.clone().with(156, b"2")), FORM.into()),
        ("a long name", further(File::new("a", b"b").with(156, b"L")), FORM.into()),
        ("a pax header", further(File::new("a", b"b").with(156, b"x")), FORM.into()),
        ("a prefix", replaced(&files, &csv.clone().with(345, b"../..")), FORM.into()),
        ("for everyone", replaced(&files, &csv.clone().with(100, b"0000777\0")), FORM.into()),
        ("another's", replaced(&files, &csv.clone().with(265, b"root")), FORM.into()),
        (
            "a length of GNU's",
            replaced(&files, &csv.clone().with(124, &[0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])),
            FORM.into(),
        ),
        ("a length below zero", replaced(&files, &csv.clone().with(124, &[0xff; 12])), FORM.into()),
        ("no digits", replaced(&files, &csv.clone().with(124, b"   x7\0")), FORM.into()),
        (
            "a length that is not there",
            replaced(&files, &csv.clone().with(124, b"77777777777\0")),
            FORM.into(),
        ),
        (
            "a manifest without end",
            replaced(&files, &files[0].clone().with(124, b"77777777777\0")),
            too_long("manifest.json"),
        ),
        (
            "a huge manifest",
            replaced(&files, &File::new("manifest.json", &[b' '; 17 << 10])),
            too_long("manifest.json"),
        ),
        (
            "a huge script",
            replaced(&files, &File::new("audit-verify.py", &vec![b'#'; (1 << 20) + 1])),
            too_long("audit-verify.py"),
        ),
        (
            "no manifest there",
            replaced(&files, &File::new("manifest.json", b"")),
            UNREADABLE.into(),
        ),
        ("no text", replaced(&files, &File::new("manifest.json", &[0xff; 9])), UNREADABLE.into()),
        (
            "nested without end",
            replaced(&files, &File::new("manifest.json", &[b'['; 16_000])),
            UNREADABLE.into(),
        ),
        ("unsigned", replaced(&files, &File::new("manifest.sig", b"")), FORGED.into()),
        ("half signed", replaced(&files, &File::new("manifest.sig", &[b'0'; 128])), FORGED.into()),
        (
            "signed with nothing",
            replaced(&files, &File::new("manifest.sig", &[&[b'0'; 128][..], b"\n"].concat())),
            FORGED.into(),
        ),
        ("more behind it", garbage, FORM.into()),
        ("something between", filled, FORM.into()),
        ("without its end", cut(whole.len() - 512), FORM.into()),
        ("without any end", cut(whole.len() - 1_024), FORM.into()),
        ("cut in a header", cut(700), FORM.into()),
        (
            "signed by a stranger",
            signed_anew(&files, &stranger, None, |manifest| {
                manifest["key"] = hex(&stranger.public().0).into();
            }),
            "This package is signed with another key than that of the member whom it names.".into(),
        ),
        (
            "of nobody",
            signed_anew(&files, &key, None, |manifest| {
                manifest["by"] = ProfileId::from_bytes([7; 16]).to_string().into();
            }),
            "This package is signed with another key than that of the member whom it names.".into(),
        ),
        (
            "of more events",
            signed_anew(&files, &key, None, |manifest| manifest["events"] = 99.into()),
            "This package says something else about its record than the record does.".into(),
        ),
        (
            "of another tree",
            signed_anew(&files, &key, None, |manifest| manifest["tree"] = "0".repeat(64).into()),
            "This package says something else about its record than the record does.".into(),
        ),
        (
            "of a form to come",
            signed_anew(&files, &key, None, |manifest| manifest["carrel_package"] = 2.into()),
            UNREADABLE.into(),
        ),
        (
            "with a field too many",
            signed_anew(&files, &key, None, |manifest| manifest["more"] = 1.into()),
            UNREADABLE.into(),
        ),
        (
            "of fewer files",
            signed_anew(&files, &key, None, |manifest| {
                manifest["files"].as_array_mut().expect("a list").pop();
            }),
            UNREADABLE.into(),
        ),
        (
            "of no files",
            signed_anew(&files, &stranger, None, |manifest| {
                manifest["files"] = serde_json::json!({});
            }),
            UNREADABLE.into(),
        ),
        (
            "a harmed record, signed",
            signed_anew(&files, &key, Some(&harmed), |_| {}),
            "event 1 does not hold".into(),
        ),
        (
            "no record, signed",
            signed_anew(&files, &key, Some(&no_record), |_| {}),
            "NO EXPORT".into(),
        ),
    ];
    for file in &files {
        let rest: Vec<File> =
            files.iter().filter(|other| other.name != file.name).cloned().collect();
        cases.push(("one is missing", packed(&rest), format!("This package lacks {}.", file.name)));
        let mut content = file.content().to_vec();
        let last = content.len() - 2;
        content[last] ^= 1;
        let told = match file.name.as_str() {
            "manifest.json" => continue,
            "manifest.sig" => FORGED.to_owned(),
            name => changed(name),
        };
        cases.push(("one was changed", replaced(&files, &File::new(&file.name, &content)), told));
    }
    let packages: Vec<(String, Vec<u8>)> =
        cases.iter().map(|(what, package, _)| ((*what).to_owned(), package.clone())).collect();
    for ((what, _, expected), told) in cases.iter().zip(by_both(dir.path(), &packages)) {
        assert_eq!(told, *expected, "{what}");
    }
}

/// Does something to a package that nobody would do in good faith.
fn harmed(whole: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut package = whole.to_vec();
    let at = dice.below(package.len());
    let block = at - at % 512;
    match dice.below(7) {
        0 => package.truncate(at),
        1 => package[at] = u8::try_from(dice.below(256)).expect("a byte"),
        2 => drop(package.drain(block..block + 512)),
        3 => {
            let copy = package[block..block + 512].to_vec();
            package.splice(block..block, copy);
        }
        // In a header, where most is decided.
        4 | 5 => {
            let files = files(whole);
            let which = dice.below(files.len());
            let begin: usize = files[..which].iter().map(|file| file.blocks.len()).sum();
            package[begin + dice.below(350)] =
                b' ' + u8::try_from(dice.below(94)).expect("a letter");
        }
        _ => {
            let mut files = files(whole);
            let (one, other) = (dice.below(files.len()), dice.below(files.len()));
            let name = files[other].name.clone();
            let content = files[one].content().to_vec();
            files[one] = File::new(&name, &content);
            package = packed(&files);
        }
    }
    package
}

#[tokio::test(flavor = "multi_thread")]
async fn carrel_and_the_script_agree_on_every_package_that_somebody_harmed() {
    let dir = tempfile::tempdir().expect("a folder");
    let (whole, ..) = package(dir.path()).await;
    let mut dice = Dice::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..if soak() { 50 } else { 2 } {
        let packages: Vec<(String, Vec<u8>)> =
            (0..100).map(|_| (dice.told(), harmed(&whole, &mut dice))).collect();
        seen.extend(by_both(dir.path(), &packages));
    }
    assert!(seen.len() >= 5, "many kinds of verdict were given: {seen:?}");
}
