//! What a virtio device is behind its transport.

use std::fmt::Debug;

use pagewalk_bus::{Instant, Ram};

use super::ring::{Chain, Ring, RingError, RingFeatures};

/// What a virtio device does: its features, configuration and work.
///
/// The transport calls [`Function::notify`] and [`Function::tick`] only while
/// the driver has the device in operation: between DRIVER_OK and a reset, or on
/// the legacy interface from the first notification on. A guest may cause each
/// call at any time, so none of them panics, and each does a bounded amount of
/// work: one request, say, with a [`Function::deadline`] for the next.
pub trait Function: Debug {
    /// Name for messages and logs, e.g. `virtio-blk`.
    fn name(&self) -> &'static str;

    /// The device ID (5), not 0.
    fn device_id(&self) -> u32;

    /// The feature bits of this kind of device that it offers (2.2: bits 0 to
    /// 23 and 50 to 127, of which the first 64 can be used). The transport adds
    /// those of the ring.
    fn features(&self) -> u64;

    /// For each virtqueue, how many entries it can have at most: a power of two
    /// up to [`Ring::MAX_SIZE`].
    fn queue_sizes(&self) -> &[u16];

    /// Copies the configuration space from `offset` on to `out`, which is all
    /// zeros and may reach beyond its end.
    fn read_config(&self, offset: u64, out: &mut [u8]);

    /// The driver writes `bytes` to the configuration space. What cannot be
    /// written stays as it is.
    fn write_config(&mut self, offset: u64, bytes: &[u8]);

    /// The driver has chosen `features`, which are all offered. On the legacy
    /// interface it may choose anew.
    fn set_features(&mut self, features: u64);

    /// The driver has put buffers into virtqueue `queue`, which is ready, or
    /// may have.
    fn notify(&mut self, cx: &mut FunctionCx<'_>, queue: u16);

    /// The driver takes virtqueue `queue` back: what was taken from it is
    /// forgotten, and its buffers are not touched any more.
    fn stop_queue(&mut self, queue: u16);

    /// When it next wants [`Function::tick`].
    fn deadline(&self) -> Option<Instant>;

    /// Does what is due at `cx.now`, which may be nothing, and looks at what
    /// the host has for it.
    fn tick(&mut self, cx: &mut FunctionCx<'_>);

    /// Puts everything to its state after reset.
    fn reset(&mut self);
}

/// The virtqueues of a device, and what it wants of its transport.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues {
    /// Those that are ready.
    pub(super) rings: Vec<Option<Ring>>,
    /// The driver wants an interrupt for used buffers.
    pub(super) used_interrupt: bool,
    /// The configuration has changed.
    pub(super) config_changed: bool,
    /// The device cannot go on.
    pub(super) failure: Option<Failure>,
}

/// Why a device cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    /// Which virtqueue.
    pub(super) queue: u16,
    /// What is wrong with it.
    pub(super) error: RingError,
}

impl Queues {
    /// `count` virtqueues, none of them ready.
    pub(super) fn new(count: usize) -> Self {
        Self {
            rings: vec![None; count],
            ..Self::default()
        }
    }

    /// The virtqueue `queue`, if it is ready.
    fn ring(&mut self, queue: u16) -> Option<&mut Ring> {
        if self.failure.is_some() {
            return None;
        }
        self.rings.get_mut(usize::from(queue))?.as_mut()
    }

    /// Tells all rings what the driver has chosen.
    pub(super) fn set_features(&mut self, features: RingFeatures) {
        for ring in self.rings.iter_mut().flatten() {
            ring.set_features(features);
        }
    }
}

/// What a [`Function`] may touch while it works.
#[derive(Debug)]
pub struct FunctionCx<'a> {
    /// Guest memory, for the buffers of chains.
    pub ram: &'a mut Ram,
    /// The time of the notification or event.
    pub now: Instant,
    pub(super) queues: &'a mut Queues,
}

impl FunctionCx<'_> {
    /// Takes the next chain of buffers from virtqueue `queue`.
    ///
    /// Who gets one is expected to come again when there is room for more, so
    /// the driver is told that it need not notify; `None` means that there is
    /// none and that the driver will notify when there is, or that the queue
    /// is not ready or broken.
    pub fn take(&mut self, queue: u16) -> Option<Chain> {
        let taken = self.queues.ring(queue)?.take(self.ram);
        taken.unwrap_or_else(|error| {
            self.fail(queue, error);
            None
        })
    }

    /// Gives the chain that begins with descriptor `head` back to the driver,
    /// with `written` bytes written into its device-writable buffers.
    pub fn give_back(&mut self, queue: u16, head: u16, written: u32) {
        let Some(ring) = self.queues.ring(queue) else {
            return;
        };
        match ring.give_back(self.ram, head, written) {
            Ok(wanted) => self.queues.used_interrupt |= wanted,
            Err(error) => self.fail(queue, error),
        }
    }

    /// The configuration space is not what it was: the driver is told.
    pub fn config_changed(&mut self) {
        self.queues.config_changed = true;
    }

    /// The driver has broken a rule of virtqueue `queue` so that there is no
    /// way to answer: nothing more is done until it resets the device.
    pub fn fail(&mut self, queue: u16, error: RingError) {
        self.queues.failure.get_or_insert(Failure { queue, error });
    }
}
