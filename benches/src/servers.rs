//! What `compare http` leaves behind, and what it says. How it is measured is in `http`, which not
//! everybody compiles.
//!
//! | module | knows |
//! |---|---|
//! | [`judge`] | ratios, round by round, and who is best |
//! | [`table`] | how that looks in a terminal |

pub mod judge;
pub mod table;

use crate::contender::Side;
use crate::environment::Environment;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::fmt;

/// All samples of a run, and what they are samples of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Servers {
    /// On what it ran; the versions are those of `wrk` and of the peers.
    pub environment: Environment,
    /// The name of whom ratios are taken to.
    pub baseline: String,
    /// How many seconds each sample took.
    pub seconds: u64,
    /// How often everybody did everything.
    pub rounds: u32,
    /// What the random order started from.
    pub seed: u64,
    /// Who took part.
    pub servers: Vec<Server>,
    /// What they did, in the order in which it was measured.
    pub samples: Vec<Sample>,
}

/// Who took part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// By which name.
    pub name: String,
    /// How it works, in a line.
    pub mechanism: String,
    /// Which side it is on.
    pub side: Side,
}

/// One server under one load, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The server's name.
    pub server: String,
    /// Whether connections stayed open.
    pub mode: Mode,
    /// How many there were at once.
    pub connections: u32,
    /// In which round, from one.
    pub round: u32,
    /// What the clients saw.
    #[serde(flatten)]
    pub load: Load,
    /// Processor time of the server, all its threads and processes, for each request.
    pub cpu_us_per_request: f64,
    /// How many of the machine's cores were busy meanwhile with neither the server nor `wrk`.
    pub cores_taken_by_others: f64,
    /// The server's memory at the end of the sample, with the connections still open or just
    /// closed.
    pub rss_kib: u64,
    /// The most memory that the server had had by then, from its start.
    pub peak_rss_kib: u64,
}

/// What the clients saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// How many requests were answered.
    pub requests: u64,
    /// And how many of them in a second.
    pub requests_per_second: f64,
    /// Half of them were answered within this time.
    pub p50_us: f64,
    /// Nine of ten were.
    pub p90_us: f64,
    /// All but one in a hundred were.
    pub p99_us: f64,
    /// Connections that could not be opened.
    pub connect_errors: u64,
    /// Connections that ended before their response had.
    pub read_errors: u64,
    /// Requests that could not be sent.
    pub write_errors: u64,
    /// Responses that took more than two seconds.
    pub timeouts: u64,
    /// Responses with a status of 400 or more.
    pub bad_statuses: u64,
}

impl Load {
    /// Everything that went wrong.
    pub fn errors(&self) -> u64 {
        self.connect_errors
            + self.read_errors
            + self.write_errors
            + self.timeouts
            + self.bad_statuses
    }
}

/// What becomes of a connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It ends: the client asks for `Connection: close`.
    Close,
    /// It stays open.
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
