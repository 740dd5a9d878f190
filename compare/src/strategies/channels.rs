//! Channels of other crates as the queue of our pool.
//!
//! A channel closes when its last sender is dropped. Senders that can be dropped would need a lock
//! around them, for which each push would pay, so a message closes the queue instead. A push after
//! that message would be lost, but no sample pushes while its pool shuts down.

use hello::{Job, JobQueue};

/// The operations of a channel. The message `None` closes the queue.
pub(crate) trait Channel: Send + Sync + 'static {
    fn open() -> Self;
    fn send(&self, message: Option<Job>);
    fn recv(&self) -> Option<Job>;
    fn len(&self) -> usize;
}

/// A channel as a [`JobQueue`].
pub(crate) struct ChannelQueue<C>(C);

impl<C: Channel> Default for ChannelQueue<C> {
    fn default() -> Self {
        Self(C::open())
    }
}

impl<C: Channel> JobQueue for ChannelQueue<C> {
    fn push(&self, job: Job) -> Result<(), Job> {
        self.0.send(Some(job));
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let job = self.0.recv();
        if job.is_none() {
            // The next worker must receive it, too.
            self.0.send(None);
        }
        job
    }

    fn close(&self) {
        self.0.send(None);
    }

    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Capacity of a bounded channel: that of the server's queue, unless it is told another.
const CAPACITY: usize = 10_240;

macro_rules! channel {
    ($queue:ident, $channel:ident, $crate_:ident::$open:ident($($capacity:ident)?)) => {
        pub(crate) struct $channel {
            sender: $crate_::Sender<Option<Job>>,
            receiver: $crate_::Receiver<Option<Job>>,
        }

        impl Channel for $channel {
            fn open() -> Self {
                let (sender, receiver) = $crate_::$open($($capacity)?);
                Self { sender, receiver }
            }

            fn send(&self, message: Option<Job>) {
                self.sender.send(message).expect("the receiver lives beside the sender");
            }

            fn recv(&self) -> Option<Job> {
                self.receiver.recv().expect("the sender lives beside the receiver")
            }

            fn len(&self) -> usize {
                self.receiver.len()
            }
        }

        pub(crate) type $queue = ChannelQueue<$channel>;
    };
}

channel!(Crossbeam, CrossbeamChannel, crossbeam_channel::unbounded());
channel!(BoundedCrossbeam, BoundedCrossbeamChannel, crossbeam_channel::bounded(CAPACITY));
channel!(Flume, FlumeChannel, flume::unbounded());
channel!(Kanal, KanalChannel, kanal::unbounded());
