//! The default queue, whole and without each of its rules.

use crate::ablation::WHOLE;
use crate::contender::{Contender, Side, contender, without};
use hello::queue::Rule;
use hello::{CondvarQueue, ThreadPool};
use std::sync::LazyLock;

/// The whole queue first, and after it one strategy a rule.
static STRATEGIES: LazyLock<Vec<Contender>> = LazyLock::new(|| {
    let whole = contender::<ThreadPool<CondvarQueue>>(
        WHOLE,
        Side::Ours,
        "the default queue with all of its rules",
    );
    let lacking = Rule::REMOVABLE.into_iter().map(|rule| {
        // The list is made once, and its names are as static as those of everybody else.
        let name = format!("without-{}", rule.name()).leak();
        without(name, "the default queue without that rule", rule)
    });
    std::iter::once(whole).chain(lacking).collect()
});

/// Who takes part in an ablation.
pub(crate) fn strategies() -> &'static [Contender] {
    &STRATEGIES
}
