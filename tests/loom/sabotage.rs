//! The test of the models: each step of the queue's proof, taken out of the real queue, makes some
//! model fail.

use super::queue::*;
use super::{Pool, Runs, check};
use hello::queue::Rule;
use hello::{CondvarQueue, lose_notification};

/// Each line: a model, the step that its queue lacks, and what the model then must report.
macro_rules! caught {
    ($($name:ident: $model:ident without $rule:ident => $report:literal;)*) => {
        $(#[test]
        #[should_panic(expected = $report)]
        fn $name() {
            $model(|| CondvarQueue::without(Rule::$rule));
        })*
    };
    (bounded: $($name:ident: $model:ident without $rule:ident => $report:literal;)*) => {
        $(#[test]
        #[should_panic(expected = $report)]
        fn $name() {
            $model(|room| CondvarQueue::without(Rule::$rule).bound_to(room));
        })*
    };
}

caught! {
    skipping_the_pass_on_is_caught:
        two_jobs_of_one_producer_get_a_worker_each without PassOn => "deadlock";
    looking_without_waking_is_caught:
        two_jobs_of_one_producer_get_a_worker_each without WakeAfterLook => "deadlock";
    waking_before_counting_is_caught:
        two_jobs_of_two_producers_get_a_worker_each without CountBeforeWaking => "deadlock";
    a_late_wake_up_not_counted_is_caught:
        a_third_job_is_not_left_to_workers_that_arrived without CountAfterTimeout => "deadlock";
    searching_for_ever_is_caught:
        a_worker_that_was_woken_in_vain_is_woken_again without EndSearch => "deadlock";
    parking_after_a_spin_unseen_is_caught:
        a_push_wakes_a_worker_that_parks without LookAfterSpin => "deadlock";
    parking_on_an_old_look_is_caught:
        a_push_wakes_a_worker_that_parks without ParkUnderLock => "deadlock";
    notifying_the_wrong_condvar_is_caught:
        a_push_wakes_a_worker_that_parks without NotifyWorkers => "deadlock";
    closing_for_no_worker_is_caught:
        the_end_reaches_every_parked_worker without CloseWakesAll => "deadlock";
    accepting_when_closed_is_caught:
        a_job_that_meets_the_end_runs_or_comes_back without RefuseWhenClosed => "left == right";
}

caught! { bounded:
    keeping_a_free_slot_is_caught:
        a_blocked_submitter_is_woken without GiveSlot => "deadlock";
    a_slot_not_reserved_is_caught:
        a_newcomer_does_not_overtake_a_submitter without ReserveSlot => "exceeds its bound";
    closing_for_no_submitter_is_caught:
        the_end_refuses_every_blocked_submitter without CloseWakesSubmitters => "deadlock";
}

/// The rules that are only about speed can be removed, and every model still passes.
#[test]
fn a_queue_without_a_removable_rule_is_right() {
    for rule in Rule::REMOVABLE {
        let new = move || CondvarQueue::without(rule);
        a_push_wakes_a_worker_that_parks(new);
        two_jobs_of_one_producer_get_a_worker_each(new);
        a_job_that_meets_the_end_runs_or_comes_back(new);
    }
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_announcement_of_idleness_is_caught() {
    check(|| {
        let pool = Pool::new(1);
        pool.execute(Runs::<1>::new().job(0));
        lose_notification(0);
        pool.join();
    });
}
