//! The copy of the tree in which a check can be taken out by its place.

use std::path::Path;
use std::process::Command;

use crate::command::asked;
use crate::place::{Place, ensure_dir};
use crate::trouble::Trouble;

/// A passage of a source that is written otherwise in the copy.
struct Change {
    file: &'static str,
    was: &'static str,
    becomes: &'static str,
}

const CHANGES: [Change; 9] = [
    Change {
        file: "crates/engine/src/desk.rs",
        was: "    pub(crate) fn allow(",
        becomes: "    #[track_caller]\n    pub(crate) fn allow(",
    },
    Change {
        file: "crates/engine/src/desk.rs",
        was: "    pub(crate) fn allow_own(",
        becomes: "    #[track_caller]\n    pub(crate) fn allow_own(",
    },
    Change {
        file: "crates/engine/src/desk.rs",
        was: "        Ok(self.session.rules().authorize(",
        becomes: "        let place = std::panic::Location::caller();
        let gone = std::env::var(\"CARREL_REMOVED_CHECKS\").unwrap_or_default();
        if gone.split(' ').any(|one| one == format!(\"{}:{}\", place.file(), place.line())) {
            return Ok(Grant::unasked(&self.principal(), action, resource.clone()));
        }
        Ok(self.session.rules().authorize(",
    },
    Change {
        file: "crates/engine/src/desk.rs",
        was: "        Ok(self.session.rules().admit(",
        becomes: "        let gone = std::env::var(\"CARREL_REMOVED_CHECKS\").unwrap_or_default();
        if gone.split(' ').any(|one| one == \"gate\") {
            return Ok(());
        }
        Ok(self.session.rules().admit(",
    },
    Change {
        file: "crates/workspace/src/workspace.rs",
        was: "    pub(crate) fn check(",
        becomes: "    #[track_caller]\n    pub(crate) fn check(",
    },
    Change {
        file: "crates/workspace/src/workspace.rs",
        was: "        if grant.profile() == self.me.profile && grant.covers(action) {",
        becomes: "        let place = std::panic::Location::caller();
        let gone = std::env::var(\"CARREL_REMOVED_CHECKS\").unwrap_or_default();
        let gone = gone.split(' ').any(|one| one == format!(\"{}:{}\", place.file(), place.line()));
        if gone || grant.profile() == self.me.profile && grant.covers(action) {",
    },
    Change {
        file: "crates/workspace/src/policies.rs",
        was: "    pub(crate) fn still_allows(",
        becomes: "    #[track_caller]\n    pub(crate) fn still_allows(",
    },
    Change {
        file: "crates/workspace/src/policies.rs",
        was: "        let who = Principal { profile: grant.profile(), role: grant.role(), at };",
        becomes: "        let who = Principal { profile: grant.profile(), role: grant.role(), at };
        let place = std::panic::Location::caller();
        let gone = std::env::var(\"CARREL_REMOVED_CHECKS\").unwrap_or_default();
        if gone.split(' ').any(|one| one == format!(\"{}:{}\", place.file(), place.line())) {
            return Ok(Grant::unasked(&who, grant.action(), grant.resource().clone()));
        }",
    },
    Change {
        file: "crates/policy/src/grant.rs",
        was: "    /// Who was allowed.",
        becomes: "    #[allow(missing_docs)]
    #[must_use]
    pub fn unasked(principal: &Principal, action: Action, resource: Resource) -> Self {
        Self::new(principal, &[], action, resource, Vec::new())
    }

    /// Who was allowed.",
    },
];

/// Makes the copy below `tree`, or brings it up to date.
///
/// # Errors
/// When git does not know this tree, a file cannot be copied, or a passage to be changed is not
/// there.
pub(super) fn make(place: &Place, tree: &Path) -> Result<(), Trouble> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = asked(git.current_dir(&place.root))?;
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let from = place.root.join(file);
        // Listed, but removed and not yet committed.
        let Ok(content) = std::fs::read(&from) else { continue };
        let content = changed(file, content)?;
        let to = tree.join(file);
        // What is as it was is not compiled again.
        if std::fs::read(&to).is_ok_and(|known| known == content) {
            continue;
        }
        if let Some(folder) = to.parent() {
            ensure_dir(folder)?;
        }
        std::fs::write(&to, content).map_err(Trouble::file(&to))?;
    }
    Ok(())
}

/// A file's content in the copy.
fn changed(file: &str, content: Vec<u8>) -> Result<Vec<u8>, Trouble> {
    let changes = CHANGES.iter().filter(|change| change.file == file);
    changes.into_iter().try_fold(content, |content, change| {
        let text = String::from_utf8_lossy(&content);
        match text.matches(change.was).count() {
            1 => Ok(text.replacen(change.was, change.becomes, 1).into_bytes()),
            count => Err(Trouble::Mend(format!(
                "{file} has {count} times what crates/xtask/src/removals/copy.rs changes once: {}",
                change.was.trim()
            ))),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_passage_to_be_changed_is_there_once() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for Change { file, .. } in CHANGES {
            let content = std::fs::read(root.join(file)).expect("a source");
            let copy = changed(file, content.clone()).unwrap_or_else(|trouble| panic!("{trouble}"));
            assert_ne!(copy, content, "{file} is changed");
        }
    }

    #[test]
    fn what_is_not_there_as_expected_is_an_error() {
        let moved = changed("crates/policy/src/grant.rs", b"fn elsewhere() {}".to_vec());
        let said = moved.expect_err("it is not there").to_string();
        assert!(said.contains("0 times") && said.contains("Who was allowed"), "{said}");
        let other = changed("README.md", b"as it is".to_vec()).expect("nothing to change");
        assert_eq!(other, b"as it is");
    }
}
