//! CPU time and memory of processes (Linux only).

use std::fs;
use std::iter::Sum;
use std::process;

/// The unit of CPU times in `/proc`: a hundredth of a second on every architecture that Rust
/// supports.
const TICK_US: f64 = 10_000.0;

/// The CPU time and memory of one or more processes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// CPU time of all threads, also of those that have ended, in microseconds.
    pub cpu_us: f64,
    /// Resident memory. Pages that several processes share count for each of them.
    pub rss_kib: u64,
    /// Highest resident memory.
    pub peak_rss_kib: u64,
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self {
            cpu_us: a.cpu_us + b.cpu_us,
            rss_kib: a.rss_kib + b.rss_kib,
            peak_rss_kib: a.peak_rss_kib + b.peak_rss_kib,
        })
    }
}

/// Returns the usage of a process and its children, as nginx has them.
///
/// # Errors
///
/// Fails if the process has ended, or if this is not Linux.
pub fn usage(pid: u32) -> Result<Usage, String> {
    let children = read(pid, &format!("task/{pid}/children")).unwrap_or_default();
    let mut usage = alone(pid)?;
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        usage = [usage, alone(child)?].into_iter().sum();
    }
    Ok(usage)
}

/// Returns the CPU time of the whole machine in microseconds, including the time that a hypervisor
/// took.
///
/// # Errors
///
/// Fails if this is not Linux.
pub fn machine_us() -> Result<f64, String> {
    let stat = fs::read_to_string("/proc/stat")
        .map_err(|error| format!("cannot read /proc/stat: {error}"))?;
    busy_us(&stat).ok_or_else(|| "/proc/stat cannot be parsed".to_owned())
}

/// Returns the CPU time of the children of this process that have ended and been waited for.
///
/// # Errors
///
/// Fails if this is not Linux.
pub fn ended_children_us() -> Result<f64, String> {
    let pid = process::id();
    ended_us(&read(pid, "stat")?).ok_or_else(|| format!("/proc/{pid}/stat cannot be parsed"))
}

fn alone(pid: u32) -> Result<Usage, String> {
    let status = read(pid, "status")?;
    let memory =
        |label| kib(&status, label).ok_or_else(|| format!("/proc/{pid}/status cannot be parsed"));
    Ok(Usage { cpu_us: cpu_us(pid)?, rss_kib: memory("VmRSS:")?, peak_rss_kib: memory("VmHWM:")? })
}

/// Returns the CPU time of a process, to the nanosecond: `/proc` has hundredths of a second, which are
/// too coarse for a second at a low rate.
#[cfg(target_os = "linux")]
fn cpu_us(pid: u32) -> Result<f64, String> {
    let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
    let time = nix::time::clock_getcpuclockid(pid).and_then(nix::time::clock_gettime);
    time.map(|time| std::time::Duration::from(time).as_secs_f64() * 1e6)
        .map_err(|error| format!("cannot read the CPU time of process {pid}: {error}"))
}

#[cfg(not(target_os = "linux"))]
fn cpu_us(_pid: u32) -> Result<f64, String> {
    Err("only Linux tells the CPU time of another process".to_owned())
}

fn read(pid: u32, file: &str) -> Result<String, String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(|error| format!("cannot read {path}: {error}"))
}

/// Returns the user and system time of ended children from `/proc/PID/stat`.
fn ended_us(stat: &str) -> Option<f64> {
    // The name is in parentheses and may contain parentheses; only numbers follow the last one.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) * TICK_US)
}

/// Returns the busy time of all processors from the first line of `/proc/stat`. The fourth and the
/// fifth number are idle time and time of waiting for disks; the last two are part of the first two.
fn busy_us(stat: &str) -> Option<f64> {
    let all = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<f64> =
        all.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>().ok()?;
    let (work, rest) = (ticks.get(..3)?, ticks.get(5..)?);
    Some(work.iter().chain(rest).sum::<f64>() * TICK_US)
}

/// Returns the value of a line of `/proc/PID/status`.
fn kib(status: &str, label: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(label))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_is_found_behind_any_name() {
        for name in ["hello", "a b", "x) R 1 (", "((", ")"] {
            let stat = format!(
                "4711 ({name}) S 1 4711 4711 0 -1 4194304 500 0 1 0 123 77 5 6 20 0 4 0 100 1000 200"
            );
            assert_eq!(ended_us(&stat), Some(110_000.0), "{name}");
        }
        assert_eq!(ended_us("4711 (hello) S 1 2"), None);
        assert_eq!(ended_us(""), None);
    }

    #[test]
    fn busy_time_excludes_idle_time() {
        assert_eq!(busy_us("cpu  1 2 3 100 50 4 5 6 1 2\ncpu0 1 2"), Some(210_000.0));
        assert_eq!(busy_us("cpu0 1 2 3 4 5 6 7 8"), None);
        assert_eq!(busy_us("cpu  1 2"), None);
    }

    #[test]
    fn memory_is_found_by_its_label() {
        let status = "Name:\thello\nVmHWM:\t    7312 kB\nVmRSS:\t    5120 kB\nThreads:\t4\n";
        assert_eq!(kib(status, "VmHWM:"), Some(7312));
        assert_eq!(kib(status, "VmRSS:"), Some(5120));
        assert_eq!(kib(status, "VmSwap:"), None);
        assert_eq!(kib("VmRSS:\t5 MB\n", "VmRSS:"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_has_memory_and_cpu_time() {
        let usage = usage(std::process::id()).unwrap();
        assert!(usage.rss_kib > 0 && usage.peak_rss_kib >= usage.rss_kib);
        assert!(usage.cpu_us > 0.0);
    }
}
