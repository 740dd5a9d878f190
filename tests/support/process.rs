//! What Linux tells of a process.

use std::fs;

/// Returns how many files a process has open.
pub(crate) fn open_files(id: u32) -> usize {
    fs::read_dir(format!("/proc/{id}/fd")).unwrap().count()
}

/// Returns how many bytes of memory a process has resident.
pub(crate) fn resident(id: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux has VmRSS");
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
