//! `/metrics`, in the text format that Prometheus reads.

use super::snapshot::Snapshot;
use crate::server::metrics::HistogramSnapshot;
use std::fmt::{Display, Write};

/// The whole page.
pub(super) fn text(snapshot: &Snapshot) -> String {
    let mut page = Exposition::default();
    page.server(snapshot);
    page.workers(snapshot);
    page.queue(snapshot);
    page.histogram(
        "hello_job_wait_seconds",
        "How long jobs waited, from their submission until a worker turned to them.",
        &snapshot.metrics.wait_times,
    );
    page.histogram(
        "hello_http_request_duration_seconds",
        "How long requests took, from the end of the head until the response was handed to the system.",
        &snapshot.metrics.service_times,
    );
    page.0
}

/// A page as it grows, metric by metric. Writing to a `String` cannot fail, so nobody looks at the results.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    fn server(&mut self, snapshot: &Snapshot) {
        self.family("hello_build_info", "gauge", "The version of the server, as a label of a constant.");
        self.sample("hello_build_info", &format!("{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1);
        self.gauge(
            "hello_uptime_seconds",
            "How long the server has been running.",
            snapshot.metrics.uptime.as_secs_f64(),
        );
        self.gauge("hello_draining", "Whether the server is shutting down.", u8::from(snapshot.is_draining));
        self.gauge("hello_connections_open", "Connections that are open.", snapshot.open_connections);
        self.gauge("hello_connections_parked", "Connections that wait for their clients.", snapshot.parked_connections);
        self.family("hello_http_responses_total", "counter", "Responses, by their status.");
        for (status, count) in &snapshot.responses {
            self.sample("hello_http_responses_total", &format!("{{code=\"{}\"}}", status.code()), count);
        }
    }

    fn workers(&mut self, snapshot: &Snapshot) {
        self.gauge("hello_workers", "Workers the pool was built with.", snapshot.pool.workers);
        self.gauge("hello_workers_busy", "Workers that have something to do.", snapshot.busy_workers());
        self.family("hello_worker_busy_seconds_total", "counter", "How long each worker has been busy.");
        for (number, worker) in snapshot.metrics.workers.iter().enumerate() {
            let label = format!("{{worker=\"{number}\"}}");
            self.sample("hello_worker_busy_seconds_total", &label, worker.busy.as_secs_f64());
        }
        self.counter("hello_jobs_total", "Jobs that have run.", snapshot.pool.executed);
        self.counter("hello_jobs_panicked_total", "Jobs that panicked.", snapshot.pool.panicked);
    }

    fn queue(&mut self, snapshot: &Snapshot) {
        self.gauge("hello_queue_jobs", "Jobs that wait in the queue.", snapshot.pool.queued);
        if let Some(capacity) = snapshot.capacity {
            self.gauge("hello_queue_capacity_jobs", "How many jobs may wait in the queue.", capacity);
        }
        let oldest = snapshot.metrics.queue_age.as_secs_f64();
        self.gauge("hello_queue_oldest_job_seconds", "How long the oldest job has been waiting.", oldest);
        // A queue that does not count is silent here rather than wrong.
        let Some(queue) = snapshot.queue_stats() else { return };
        self.counter("hello_queue_pushes_total", "Jobs that the queue accepted.", queue.pushed);
        self.counter("hello_queue_parks_total", "How often a worker fell asleep for want of a job.", queue.parks);
        self.counter("hello_queue_wakes_total", "How often a sleeping worker was woken for a job.", queue.wakes);
        self.counter(
            "hello_queue_false_wakes_total",
            "How often a woken worker found that another had taken the job.",
            queue.false_wakes,
        );
        self.counter(
            "hello_queue_calls_while_looking_total",
            "How often a worker was called that was still looking for a job.",
            queue.finds_while_looking,
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

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
