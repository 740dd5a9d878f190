//! Jobs that borrow.

use hello::{current_worker, scope};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};

#[test]
fn every_job_has_run_when_scope_returns() {
    let text = "borrowed".to_owned();
    let mut lengths = vec![0; 1000];
    let answer = scope(3, |scope| {
        for length in &mut lengths {
            scope.execute(|| *length = text.len());
        }
        42
    });
    assert_eq!(answer, 42);
    assert!(lengths.iter().all(|length| *length == text.len()));
}

#[test]
fn scoped_jobs_run_side_by_side() {
    let (all_run, ids) = (Barrier::new(3), Mutex::new(BTreeSet::new()));
    scope(3, |scope| {
        for _ in 0..3 {
            scope.execute(|| {
                all_run.wait();
                ids.lock().unwrap().insert(current_worker());
            });
        }
    });
    assert_eq!(ids.into_inner().unwrap(), [Some(0), Some(1), Some(2)].into());
    assert_eq!(current_worker(), None);
}

#[test]
fn one_scoped_worker_keeps_the_order() {
    let order = Mutex::new(Vec::new());
    scope(1, |scope| {
        for n in 0..100 {
            let order = &order;
            scope.execute(move || order.lock().unwrap().push(n));
        }
    });
    assert_eq!(order.into_inner().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn scope_passes_the_first_panic_on() {
    let ran = AtomicUsize::new(0);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        scope(1, |scope| {
            for n in 1..=3 {
                scope.execute(move || panic_any(n));
                scope.execute(|| _ = ran.fetch_add(1, Ordering::Relaxed));
            }
        });
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&1));
    assert_eq!(ran.into_inner(), 3, "the other jobs run all the same");
}

#[test]
fn scope_ends_when_its_body_panics() {
    let ran = AtomicUsize::new(0);
    let payload = catch_unwind(AssertUnwindSafe(|| {
        scope(2, |scope| {
            scope.execute(|| _ = ran.fetch_add(1, Ordering::Relaxed));
            panic_any("body");
        });
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"body"));
    assert_eq!(ran.into_inner(), 1);
}

#[test]
fn scope_without_workers_panics() {
    assert!(catch_unwind(|| scope(0, |_| ())).is_err());
}
