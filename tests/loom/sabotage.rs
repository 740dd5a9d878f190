//! The test of the models: if a step of the queue's proof is removed from the real queue, some
//! model fails.

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
        one_producer_reaches_two_workers without PassOn => "deadlock";
    vain_look_without_wake_up_is_caught:
        one_producer_reaches_two_workers without WakeAfterSpin => "deadlock";
    waking_before_counting_is_caught:
        two_producers_reach_two_workers without CountBeforeWaking => "deadlock";
    uncounted_second_wake_up_is_caught:
        third_job_wakes_a_worker_that_arrived without CountAfterTimeout => "deadlock";
    searching_for_ever_is_caught:
        worker_woken_in_vain_is_woken_again without EndSearch => "deadlock";
    parking_without_a_look_is_caught:
        push_wakes_a_parking_worker without CheckAfterSpin => "deadlock";
    parking_after_releasing_the_lock_is_caught:
        push_wakes_a_parking_worker without ParkUnderLock => "deadlock";
    notifying_the_wrong_condvar_is_caught:
        push_wakes_a_parking_worker without NotifyWorkers => "deadlock";
    closing_for_no_worker_is_caught:
        close_reaches_every_parked_worker without CloseWakesAll => "deadlock";
    accepting_when_closed_is_caught:
        job_meeting_close_runs_or_comes_back without RefuseWhenClosed => "left == right";
}

caught! { bounded:
    keeping_a_free_slot_is_caught:
        waiting_submitter_is_woken without GiveSlot => "deadlock";
    unreserved_slot_is_caught:
        waiting_submitter_is_not_overtaken without ReserveSlot => "exceeds its bound";
    closing_for_no_submitter_is_caught:
        close_refuses_every_waiting_submitter without CloseWakesSubmitters => "deadlock";
}

/// The rules that are only about speed can be removed, and every model still passes.
#[test]
fn removable_rules_leave_the_queue_correct() {
    for rule in Rule::REMOVABLE {
        let new = move || CondvarQueue::without(rule);
        push_wakes_a_parking_worker(new);
        one_producer_reaches_two_workers(new);
        job_meeting_close_runs_or_comes_back(new);
    }
}

#[test]
#[should_panic(expected = "deadlock")]
fn lost_notification_of_join_is_caught() {
    check(|| {
        let pool = Pool::new(1);
        pool.execute(Runs::<1>::new().job(0));
        lose_notification(0);
        pool.join();
    });
}
