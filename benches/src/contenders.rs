//! One file for each kind of contender: how it becomes a [`Pool`](crate::contender::Pool).

pub(crate) mod ablation;
pub(crate) mod channels;
pub(crate) mod models;
pub(crate) mod ours;
pub(crate) mod pools;
pub(crate) mod stealing;
