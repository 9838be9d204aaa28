//! Where it is asked whether a caller may, or whether their grant is for this.

use std::fmt;
use std::path::Path;

use crate::removals::{Suite, USE_CASES};
use crate::trouble::Trouble;

/// What use cases can refuse nobody who has a desk, in their own, guests included.
const EVERYONES: [&str; 2] = ["Action::DeskUse", "Action::ChatReadOwn"];
/// Refuses nobody whom the check before it lets through.
const AFTER_ANOTHER: [(&str, &str); 1] = [("crates/engine/src/providers.rs", "Action::KeyManage")];

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    /// Below the top of the tree.
    file: String,
    line: usize,
    code: String,
}

impl Site {
    /// As the compiler names its place.
    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Whether there is anyone whom it keeps out.
    pub(super) fn can_refuse(&self) -> bool {
        let asks_for = |action: &str| self.code.contains(action);
        let after = |(file, action): &(&str, &str)| self.file == *file && asks_for(action);
        let everyones = self.file.starts_with(USE_CASES.sources);
        let everyones = everyones && EVERYONES.into_iter().any(asks_for);
        !everyones && !AFTER_ANOTHER.iter().any(after)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{}: {}", self.name(), self.code)
    }
}

/// Every check of these in the sources below `tree`.
///
/// # Errors
/// When a source cannot be read.
pub(super) fn found(tree: &Path, suite: &Suite) -> Result<Vec<Site>, Trouble> {
    let (mut sites, mut folders) = (Vec::new(), vec![tree.join(suite.sources)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(Trouble::file(&folder))? {
            let path = entry.map_err(Trouble::file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&path).map_err(Trouble::file(&path))?;
                sites.extend(in_text(&name_below(tree, &path), &text, suite.calls));
            }
        }
    }
    sites.sort();
    Ok(sites)
}

fn name_below(tree: &Path, path: &Path) -> String {
    let below = path.strip_prefix(tree).unwrap_or(path).to_string_lossy();
    below.replace('\\', "/")
}

fn in_text(file: &str, text: &str, calls: &[&str]) -> Vec<Site> {
    let is_check = |line: &str| calls.iter().any(|call| line.contains(call));
    let lines = text.lines().enumerate().filter(|(_, line)| is_check(line));
    // The one that only passes on what it was asked is no check of its own.
    let lines = lines.filter(|(_, line)| !line.contains("self.allow(action, "));
    let site = |(at, line): (usize, &str)| Site {
        file: file.to_owned(),
        line: at + 1,
        code: line.trim().to_owned(),
    };
    lines.map(site).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::removals::GRANTS;

    #[test]
    fn a_check_is_known_by_its_place_and_by_whom_it_can_refuse() {
        let text = "let a = self.allow(Action::AuditRead, &on)?;\n\
                    self.stand()?;\n\
                    desk.allow_own(Action::DeskUse)?;\n\
                    self.allow(action, &on)\n\
                    let key = self.allow(Action::KeyManage, &on)?;";
        let sites = in_text("crates/engine/src/providers.rs", text, USE_CASES.calls);
        let named = sites.iter().map(|site| (site.line, site.can_refuse())).collect::<Vec<_>>();
        assert_eq!(named, [(1, true), (3, false), (5, false)], "what passes on is none: {sites:?}");
        assert_eq!(sites[0].name(), "crates/engine/src/providers.rs:1", "as rustc says it");
        let elsewhere = in_text("crates/engine/src/keys.rs", text, USE_CASES.calls);
        assert!(elsewhere[2].can_refuse(), "there nothing else was asked before");
        let grants = in_text("crates/workspace/src/audit/content.rs", text, USE_CASES.calls);
        assert!(grants[1].can_refuse(), "a grant can be another's, whatever it is for");
    }

    #[test]
    fn the_sources_have_checks_and_most_can_refuse() {
        let tree = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (suite, least) in [(USE_CASES, 50), (GRANTS, 20)] {
            let sites = found(&tree, &suite).expect("sources");
            let can = sites.iter().filter(|site| site.can_refuse()).count();
            assert!(can > least, "{can} of {} in {}", sites.len(), suite.sources);
        }
    }
}
