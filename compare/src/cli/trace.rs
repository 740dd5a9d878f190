//! The options of `trace`.

use super::files::{File, check_all, write_all};
use super::find;
use crate::data::{Group, Recording};
use crate::output::{perfetto, trace_figure};
use crate::runner::TracePlan;
use crate::strategies::{OPTIONAL, STRATEGIES, Strategy};
use crate::trace::SCENES;
use clap::Args;
use std::path::PathBuf;

/// The options of `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The scene; `--list` names all of them
    pub scene: String,
    /// The strategies
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "condvar,textbook,mpsc,crossbeam,rayon",
        value_name = "NAMES"
    )]
    pub strategies: Vec<String>,
    /// The number of workers
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub workers: u8,
    /// The number of runs under each strategy; the one with the median time is kept
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    pub runs: u16,
    /// Draws the timelines into this file
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Writes the events for Perfetto (ui.perfetto.dev) to this file
    #[arg(long, value_name = "FILE")]
    pub perfetto: Option<PathBuf>,
}

impl TraceArgs {
    /// Returns what to record.
    ///
    /// # Errors
    ///
    /// Fails if a name is unknown, or if a strategy is no pool.
    pub fn plan(&self, own: &'static [Strategy]) -> Result<TracePlan, String> {
        let known: Vec<_> = STRATEGIES.iter().chain(own).chain(OPTIONAL).collect();
        let strategies = find("strategy", &known, &self.strategies, |one| one.name)?;
        if let Some(one) = strategies.iter().find(|one| one.group == Group::Reference) {
            return Err(format!("`{}` has no workers that could park", one.name));
        }
        let scenes: Vec<_> = SCENES.iter().collect();
        let names = std::slice::from_ref(&self.scene);
        let scene = find("scene", &scenes, names, |one| one.name)?[0];
        let (workers, runs) = (self.workers.into(), self.runs.into());
        Ok(TracePlan { scene, strategies, workers, runs })
    }

    /// Checks that every file can be written.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be written.
    pub fn check(&self) -> Result<(), String> {
        check_all(&self.wanted())
    }

    /// Writes the files, as many as possible.
    ///
    /// # Errors
    ///
    /// Fails if one cannot be written.
    pub fn write(&self, recording: &Recording) -> Result<(), String> {
        write_all(&self.wanted(), recording)
    }

    fn wanted(&self) -> Vec<File<'_, Recording>> {
        let svg = self.svg.as_deref().map(|path| (path, trace_figure::svg as _));
        let perfetto = self.perfetto.as_deref().map(|path| (path, perfetto::json as _));
        svg.into_iter().chain(perfetto).collect()
    }
}
