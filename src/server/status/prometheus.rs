//! The metrics at `/metrics`, in the text format of Prometheus.

use super::snapshot::Snapshot;
use crate::server::metrics::HistogramSnapshot;
use std::fmt::{Display, Write};

/// Returns all metrics.
pub(super) fn text(snapshot: &Snapshot) -> String {
    let mut text = Exposition::default();
    text.server(snapshot);
    text.connections(snapshot);
    text.workers(snapshot);
    text.jobs(snapshot);
    text.queue(snapshot);
    text.histogram(
        "hello_job_wait_seconds",
        "Time from the submission of a job until a worker runs it.",
        &snapshot.metrics.wait_times,
    );
    text.histogram(
        "hello_http_request_duration_seconds",
        "Time from the end of a request's head until its response is sent.",
        &snapshot.metrics.service_times,
    );
    text.0
}

/// The text, to which metrics are appended. Writing to a `String` cannot fail, so the results are
/// ignored.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn server(&mut self, snapshot: &Snapshot) {
        let help = "Version of the server, its queue and its number of workers, as labels.";
        self.family("hello_build_info", "gauge", help);
        let labels = format!(
            "{{version=\"{}\",queue=\"{}\",workers=\"{}\"}}",
            env!("CARGO_PKG_VERSION"),
            snapshot.queue,
            snapshot.pool.workers
        );
        self.sample("hello_build_info", &labels, 1);
        let uptime = snapshot.metrics.uptime.as_secs_f64();
        self.gauge("hello_uptime_seconds", "Time since the server started.", uptime);
        let draining = u8::from(snapshot.is_draining);
        self.gauge("hello_draining", "1 if the server is shutting down, 0 if not.", draining);
    }

    fn connections(&mut self, snapshot: &Snapshot) {
        self.gauge("hello_connections_open", "Open connections.", snapshot.open_connections);
        self.gauge(
            "hello_connections_parked",
            "Open connections that are parked in the reactor.",
            snapshot.parked_connections,
        );
        self.family("hello_http_responses_total", "counter", "Responses by status code.");
        for (status, count) in &snapshot.responses {
            let code = format!("{{code=\"{}\"}}", status.code());
            self.sample("hello_http_responses_total", &code, count);
        }
        self.counter(
            "hello_sleeps_skipped_total",
            "Requests for /sleep without a sleep, since their clients had left.",
            snapshot.skipped_sleeps,
        );
    }

    fn workers(&mut self, snapshot: &Snapshot) {
        self.gauge("hello_workers", "Workers of the pool.", snapshot.pool.workers);
        self.gauge("hello_workers_busy", "Workers that are busy.", snapshot.busy_workers());
        self.family("hello_worker_busy_seconds_total", "counter", "Busy time by worker.");
        for (number, worker) in snapshot.metrics.workers.iter().enumerate() {
            let label = format!("{{worker=\"{number}\"}}");
            self.sample("hello_worker_busy_seconds_total", &label, worker.busy.as_secs_f64());
        }
    }

    fn jobs(&mut self, snapshot: &Snapshot) {
        let pool = &snapshot.pool;
        self.counter("hello_jobs_total", "Jobs run, panicked ones included.", pool.executed);
        self.counter("hello_jobs_panicked_total", "Jobs that panicked.", pool.panicked);
        self.gauge("hello_queue_jobs", "Jobs in the queue.", pool.queued);
        if let Some(capacity) = snapshot.capacity {
            let help = "Capacity of the queue.";
            self.gauge("hello_queue_capacity_jobs", help, capacity);
        }
        let age = snapshot.metrics.queue_age.as_secs_f64();
        let help = "Age of the oldest job in the queue.";
        self.gauge("hello_queue_oldest_job_age_seconds", help, age);
    }

    fn queue(&mut self, snapshot: &Snapshot) {
        // A queue that does not count has no samples, since zeros would be wrong.
        let Some(queue) = snapshot.queue_stats() else { return };
        self.counter("hello_queue_pushes_total", "Jobs pushed to the queue.", queue.pushed);
        self.counter("hello_queue_parks_total", "Times a worker parked.", queue.parks);
        self.counter("hello_queue_wakes_total", "Times a parked worker was woken.", queue.wakes);
        self.counter(
            "hello_queue_false_wakes_total",
            "Wake-ups after which the worker found no job.",
            queue.false_wakes,
        );
        self.counter(
            "hello_queue_spin_hits_total",
            "Times a spinning worker found a job.",
            queue.spin_hits,
        );
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, "", value);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        self.sample(name, "", value);
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &HistogramSnapshot) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in histogram.cumulative() {
            self.sample(&bucket, &format!("{{le=\"{}\"}}", bound.as_secs_f64()), count);
        }
        self.sample(&bucket, "{le=\"+Inf\"}", histogram.count());
        self.sample(&format!("{name}_sum"), "", histogram.sum().as_secs_f64());
        self.sample(&format!("{name}_count"), "", histogram.count());
    }

    /// Begins a metric family. Its samples follow.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
