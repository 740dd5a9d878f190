//! The machine and the build that a run was made with.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::env::{self, consts};
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{fs, thread};

/// What is needed to repeat a run, or to explain why another run differs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Environment {
    /// The processor's model name.
    pub cpu: Option<String>,
    /// Number of threads that can run at the same time.
    pub cores: usize,
    /// Whether the processor reports a hypervisor.
    pub virtual_machine: Option<bool>,
    /// Operating system and architecture.
    pub system: String,
    /// The kernel's release.
    pub kernel: Option<String>,
    /// The compiler that built the program.
    pub rustc: String,
    /// The optimisation level of the build.
    pub opt_level: String,
    /// The commit of the working tree; ends in [`DIRTY`] if files differ from it or belong to none.
    pub commit: Option<String>,
    /// Versions of the packages that are measured.
    pub versions: BTreeMap<String, String>,
    /// The command line.
    pub command: String,
    /// Start of the run, in UTC.
    pub date: String,
    /// Number of busy processors immediately before the start.
    #[serde(default)]
    pub busy_before: Option<f64>,
    /// Load average over one minute at the start.
    pub load_before: Option<f64>,
    /// Load average over one minute at the end, the run itself included.
    pub load_after: Option<f64>,
}

/// The end of the commit of a working tree that is not clean.
pub const DIRTY: &str = "-dirty";

/// The packages that are measured, and the lock of the default queue.
const PACKAGES: &[&str] = &[
    "crossbeam-channel",
    "crossbeam-deque",
    "flume",
    "kanal",
    "parking_lot",
    "rayon",
    "rusty_pool",
    "threadpool",
    "tokio",
];

impl Environment {
    /// Reads the environment of this process.
    pub fn here() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").ok();
        Self {
            cpu: cpuinfo.as_deref().and_then(|text| field(text, "model name")),
            cores: thread::available_parallelism().map_or(1, Into::into),
            virtual_machine: cpuinfo
                .as_deref()
                .and_then(|text| field(text, "flags"))
                .map(|flags| flags.split(' ').any(|flag| flag == "hypervisor")),
            system: format!("{} {}", consts::OS, consts::ARCH),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .ok()
                .map(|text| text.trim().to_owned()),
            rustc: env!("COMPARE_RUSTC").to_owned(),
            opt_level: env!("COMPARE_OPT_LEVEL").to_owned(),
            commit: commit(),
            versions: locked(PACKAGES),
            command: command(env::args()),
            date: rfc3339(
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            ),
            busy_before: None,
            load_before: load(),
            load_after: None,
        }
    }
}

/// Returns the load average over one minute, if the system has one.
pub fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Returns the commit, with `-dirty` if files differ from it or belong to no commit.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
        let output = git.output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = git(&["describe", "--always", "--abbrev=12"])?;
    let is_clean = git(&["status", "--porcelain"])?.is_empty();
    Some(if is_clean { commit } else { format!("{commit}{DIRTY}") })
}

/// The alias that builds and runs this program.
const CARGO: &str = "cargo compare";

/// Returns what is typed to run this program: `cargo compare`, or the name of a program with
/// strategies of its own.
pub fn program_name() -> String {
    name(&env::args().next().unwrap_or_default())
}

fn name(program: &str) -> String {
    match Path::new(program).file_stem().and_then(|name| name.to_str()) {
        None | Some("compare") => CARGO.to_owned(),
        Some(other) => other.to_owned(),
    }
}

/// Returns the command line as it is typed.
fn command(mut arguments: impl Iterator<Item = String>) -> String {
    let mut program = name(&arguments.next().unwrap_or_default());
    let arguments: Vec<_> = arguments.collect();
    // The alias `cargo compare` lacks the feature that servers need.
    if program == CARGO && arguments.first().is_some_and(|first| first == "http") {
        program = "cargo run --release -p compare --features http --".to_owned();
    }
    let plain = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_=,./:".contains(c))
    };
    let quoted = |text: String| {
        if plain(&text) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
    };
    std::iter::once(program).chain(arguments.into_iter().map(quoted)).collect::<Vec<_>>().join(" ")
}

/// Returns the versions in `Cargo.lock`; if a package has several, the newest.
pub fn locked(packages: &[&str]) -> BTreeMap<String, String> {
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.trim_matches([' ', '=', '"']).to_owned())
    };
    let mut versions = BTreeMap::new();
    let mut lines = include_str!("../../../Cargo.lock").lines();
    while let Some(line) = lines.next() {
        if let Some(name) = value(line, "name = ").filter(|name| packages.contains(&name.as_str()))
            && let Some(version) = lines.next().and_then(|line| value(line, "version = "))
        {
            versions.insert(name, version);
        }
    }
    versions
}

/// Converts seconds since 1970 to a date and time (Howard Hinnant's `civil_from_days`).
fn rfc3339(seconds: u64) -> String {
    let (days, of_day) = (seconds / 86_400, seconds % 86_400);
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_follows_the_calendar() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(1_767_225_599), "2025-12-31T23:59:59Z");
    }

    #[test]
    fn every_package_has_its_locked_version() {
        let versions = Environment::here().versions;
        let names: Vec<_> = versions.keys().map(String::as_str).collect();
        assert_eq!(names, PACKAGES);
        assert!(
            versions.values().all(|version| version.starts_with(|c: char| c.is_ascii_digit())),
            "{versions:?}"
        );
    }

    #[test]
    fn command_line_can_be_typed_again() {
        let command = |words: &[&str]| command(words.iter().map(ToString::to_string));
        assert_eq!(command(&["/x/compare"]), "cargo compare");
        assert_eq!(
            command(&["/x/compare.exe", "--quick", "--html", "my page.html"]),
            "cargo compare --quick --html 'my page.html'"
        );
        assert_eq!(command(&["/x/own", "--quick"]), "own --quick");
        assert_eq!(
            command(&["/x/compare", "http", "--quick"]),
            "cargo run --release -p compare --features http -- http --quick"
        );
    }
}
