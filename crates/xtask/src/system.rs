//! The packages of the operating system that Carrel builds and runs with.
//!
//! Debian and Ubuntu: checked with dpkg, and what is missing is installed with
//! apt-get after asking. Elsewhere a few probes tell whether to go on, and the
//! exact command is said; nothing is installed.

use std::io::{IsTerminal, Write};
use std::process::Command;

use crate::command::{asked, says_yes, shown, spell};
use crate::trouble::Trouble;

const BUILD: &[&str] = &[
    "build-essential",
    "cmake",
    "libayatana-appindicator3-dev",
    "libclang-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "pkg-config",
];
const VIRTUAL_DISPLAY: &[&str] = &["dbus-daemon", "fonts-dejavu-core", "xvfb"];
const TEST: &[&str] =
    &["at-spi2-core", "dbus-x11", "gnome-keyring", "webkit2gtk-driver", "xauth", "xdotool"];

/// What the packages are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and opening the application.
    Run,
    /// The same without a display.
    RunUnseen,
    /// The gate.
    Test,
}

/// Whether a person is asked before something is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// They are.
    First,
    /// They agreed already, or nobody is there (CI).
    Never,
}

impl Asking {
    /// `--yes` and `CI=true` both mean: do not ask.
    pub(crate) fn new(yes: bool) -> Self {
        if yes || in_ci() { Self::Never } else { Self::First }
    }
}

/// Whether nobody watches.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|ci| ci == "true" || ci == "1")
}

/// Makes sure that the packages are there.
///
/// # Errors
/// With the command to type, where they are not and cannot be installed.
pub(crate) fn ensure(purpose: Purpose, asking: Asking) -> Result<(), Trouble> {
    if !says_yes(Command::new("dpkg").arg("--version")) {
        return probe(std::env::consts::OS);
    }
    let mut needed = BUILD.to_vec();
    if purpose != Purpose::Run {
        needed.extend(VIRTUAL_DISPLAY);
    }
    if purpose == Purpose::Test {
        needed.extend(TEST);
    }
    if !says_yes(Command::new("python3").args(["-m", "pip", "--version"])) {
        needed.extend(["python3", "python3-pip"]);
    }
    let missing: Vec<_> = needed.into_iter().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        println!("all packages are there");
        return Ok(());
    }
    install(&missing, asking)
}

fn installed(package: &str) -> bool {
    let query = ["-W", "-f=${db:Status-Status}", package];
    asked(Command::new("dpkg-query").args(query)).is_ok_and(|status| status == "installed")
}

fn install(missing: &[&str], asking: Asking) -> Result<(), Trouble> {
    let apt = |arguments: &[&str]| {
        let root = asked(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
        let mut command = Command::new(if root { "apt-get" } else { "sudo" });
        if !root {
            command.arg("apt-get");
        }
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let mut install = apt(&["install", "--yes", "--no-install-recommends"]);
    install.args(missing);
    if asking == Asking::First && !agreed(missing)? {
        let by_hand = spell(&install);
        return Err(Trouble::Mend(format!(
            "Carrel needs these packages. Install them:\n  {by_hand}"
        )));
    }
    shown(&mut apt(&["update", "--quiet"]))?;
    shown(&mut install)
}

fn agreed(missing: &[&str]) -> Result<bool, Trouble> {
    println!("missing: {}", missing.join(" "));
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Install them now? [y/N] ");
    let mut answer = String::new();
    let read = std::io::stdout().flush().and_then(|()| std::io::stdin().read_line(&mut answer));
    read.map_err(|cause| Trouble::File { path: "the terminal".to_owned(), cause })?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Goes on where the decisive parts answer, and says what to install where not.
fn probe(system: &str) -> Result<(), Trouble> {
    let mut probes = vec![version_of("cmake"), version_of("python3")];
    if system == "linux" {
        let mut webkit = Command::new("pkg-config");
        webkit.args(["--exists", "webkit2gtk-4.1"]);
        probes.push(webkit);
    }
    let silent: Vec<_> =
        probes.iter_mut().filter_map(|probe| (!says_yes(probe)).then(|| spell(probe))).collect();
    if silent.is_empty() {
        return Ok(());
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    Err(Trouble::Mend(format!(
        "Carrel cannot install packages on this system (no answer from: {}).\n{}",
        silent.join(", "),
        advice(system, &release)
    )))
}

fn version_of(program: &str) -> Command {
    let mut command = Command::new(program);
    command.arg("--version");
    command
}

fn advice(system: &str, release: &str) -> &'static str {
    let says = |word: &str| {
        let lines = release.lines().filter(|line| line.starts_with("ID"));
        lines.flat_map(|line| line.split(['=', ' ', '"'])).any(|found| found == word)
    };
    match system {
        "macos" => "Install them:\n  xcode-select --install\n  brew install cmake llvm python",
        "windows" => {
            "Install the Visual Studio C++ build tools and WebView2, then:\n  winget install Kitware.CMake LLVM.LLVM Python.Python.3.12"
        }
        _ if says("fedora") || says("rhel") => {
            "Install them:\n  sudo dnf install @c-development @development-tools cmake clang-devel openssl-devel webkit2gtk4.1-devel libappindicator-gtk3-devel librsvg2-devel perl-core python3-pip xorg-x11-server-Xvfb dbus-daemon gnome-keyring"
        }
        _ if says("arch") => {
            "Install them:\n  sudo pacman -S --needed base-devel cmake clang openssl webkit2gtk-4.1 libayatana-appindicator librsvg python-pip xorg-server-xvfb dbus gnome-keyring"
        }
        _ if says("suse") || says("opensuse") => {
            "Install them:\n  sudo zypper install -t pattern devel_basis && sudo zypper install cmake clang-devel libopenssl-devel webkit2gtk3-devel libayatana-appindicator3-devel librsvg-devel python3-pip xorg-x11-server-Xvfb dbus-1 gnome-keyring"
        }
        _ => {
            "Install: a C++ compiler, CMake, libclang with its headers, pkg-config, OpenSSL 3, WebKitGTK 4.1, librsvg 2, the Ayatana app indicator (all with headers), Python 3 with pip, Xvfb, dbus-daemon and gnome-keyring-daemon."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_is_told_its_own_command() {
        let said = |release: &str| advice("linux", release).lines().nth(1).unwrap_or_default();
        assert!(said("NAME=x\nID=fedora\n").contains("dnf"), "Fedora by its name");
        assert!(said("ID=endeavouros\nID_LIKE=\"arch\"\n").contains("pacman"), "by its family");
        assert!(
            said("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n").contains("zypper"),
            "quoted"
        );
        assert_eq!(said("ID=gentoo\n"), "", "the parts are named where no command is known");
        assert!(advice("macos", "").contains("brew"), "no release file there");
    }
}
