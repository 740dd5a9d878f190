//! The part of a record that `compare http` adds: web servers under load.

use super::{Environment, Group};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of the control in the samples: the baseline, measured a second time.
pub const CONTROL: &str = "control";

/// All samples of servers, and how they were taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerRun {
    /// The machine and the build; the versions are those of the clients and of the peers.
    pub environment: Environment,
    /// The server to which ratios are taken.
    pub baseline: String,
    /// Seconds for each sample.
    pub seconds: u64,
    /// Number of rounds; each has every server under every load once.
    pub rounds: u32,
    /// Seed of the random order.
    pub seed: u64,
    /// The servers.
    pub servers: Vec<ServerInfo>,
    /// The samples, in the order in which they were taken, those of the control among them.
    pub samples: Vec<ServerSample>,
}

/// A server of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerInfo {
    /// Its name.
    pub name: String,
    /// Its mechanism, in one line.
    pub mechanism: String,
    /// The group it belongs to.
    pub group: Group,
}

/// One server under one load, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerSample {
    /// The server's name.
    pub server: String,
    /// Whether connections stayed open.
    pub mode: Mode,
    /// Number of concurrent connections; in open loop, the most at a time.
    pub connections: u32,
    /// The requests per second that an open loop asked for; `None` in closed loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// The round, from one.
    pub round: u32,
    /// What the clients measured.
    #[serde(flatten)]
    pub load: Load,
    /// CPU time of the server's processes for each request.
    pub cpu_us_per_request: f64,
    /// Number of cores that were busy with neither the server nor its clients.
    pub cores_taken_by_others: f64,
    /// Resident memory of the server at the end of the sample.
    pub rss_kib: u64,
    /// Highest resident memory of the server since its start.
    pub peak_rss_kib: u64,
}

/// What the clients measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Number of answered requests.
    pub requests: u64,
    /// Answered requests per second.
    pub requests_per_second: f64,
    /// Median latency.
    pub p50_us: f64,
    /// 90th percentile of the latency.
    pub p90_us: f64,
    /// 99th percentile of the latency.
    pub p99_us: f64,
    /// Connections that could not be opened.
    pub connect_errors: u64,
    /// Connections that ended before their response was complete.
    pub read_errors: u64,
    /// Requests that could not be sent.
    pub write_errors: u64,
    /// Responses that took more than two seconds; not counted in open loop.
    pub timeouts: u64,
    /// Responses with a status of 400 or more.
    pub bad_statuses: u64,
}

impl Load {
    /// Returns the number of errors of all kinds.
    pub fn errors(&self) -> u64 {
        self.connect_errors
            + self.read_errors
            + self.write_errors
            + self.timeouts
            + self.bad_statuses
    }
}

/// Whether a connection serves more than one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// One request a connection: the client sends `Connection: close`
    Close,
    /// Connections stay open
    KeepAlive,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Close => "Connection: close",
            Self::KeepAlive => "keep-alive",
        })
    }
}
