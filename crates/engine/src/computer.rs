//! What people call this computer, for the door.
//!
//! Read where the system keeps it and shown on the chooser, so that whoever
//! sits down at one of many knows which. It is stored and sent nowhere.

use std::fs;

/// Longest name that is shown, in characters.
const LONGEST: usize = 60;

/// The computer's name, where it has one of its own.
pub(crate) fn name() -> Option<String> {
    if cfg!(windows) {
        return named(None, &std::env::var("COMPUTERNAME").ok()?);
    }
    let read = |path| fs::read_to_string(path).ok();
    let host = read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"));
    named(read("/etc/machine-info").as_deref(), &host.unwrap_or_default())
}

/// The name that people gave it (`PRETTY_HOSTNAME`, machine-info(5)), else the one that
/// networks know, without its domain.
fn named(machine_info: Option<&str>, host: &str) -> Option<String> {
    let given = machine_info.into_iter().flat_map(str::lines).find_map(|line| {
        let value = line.trim().strip_prefix("PRETTY_HOSTNAME=")?;
        Some(value.trim_matches(['"', '\'']).trim())
    });
    let host = host.trim().split('.').next().filter(|name| *name != "localhost");
    let name = given.filter(|name| !name.is_empty()).or(host)?;
    let shown: String = name.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_computer_is_called_what_its_people_call_it() {
        let info = "CHASSIS=desktop\nPRETTY_HOSTNAME=\"Chart room 2\"\n";
        for (info, host, name, why) in [
            (Some(info), "chart2\n", Some("Chart room 2"), "the name that people gave it"),
            (None, "chart2.survey.example\n", Some("chart2"), "the network's, without its domain"),
            (Some("PRETTY_HOSTNAME=\n"), "chart2", Some("chart2"), "an empty one is none"),
            (None, "localhost.localdomain\n", None, "every computer is called that"),
            (None, "", None, "nothing is known"),
            (None, "a\u{7}b", Some("ab"), "nothing invisible"),
        ] {
            assert_eq!(named(info, host).as_deref(), name, "{why}");
        }
        let long = named(None, &"x".repeat(300));
        assert_eq!(long.map(|name| name.len()), Some(60), "it has to fit the head of the door");
    }
}
