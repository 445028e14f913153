//! Disk requests: pages on their way.
//!
//! The core never waits for a disk. It leaves requests in a queue, the driver takes
//! them with [`Mm::next_io`] and reports each as done with [`Mm::io_done`]. While a
//! request is under way its frame is neither freed nor a victim, whatever happens to
//! the processes concerned: a process that is killed takes nothing away from under a
//! disk, and what nobody wants any more is freed when the disk is done with it.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::frame::Direction;
use super::space::Reader;
use super::{Frame, Mm, PAGE_SIZE, PhysMemory, Ppn, Slot, SpaceId};
use crate::probe::probe;

pub(super) const SECTOR_SIZE: u64 = 512;

/// The number of a request; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct IoId(pub u64);

/// Which disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disk {
    /// The one with files; it is only read from.
    Root,
    /// The one with slots.
    Swap,
}

/// Something for the driver to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IoRequest {
    /// To be named in [`Mm::io_done`].
    pub id: IoId,
    /// Which disk.
    pub disk: Disk,
    /// The first sector of 512 bytes.
    pub sector: u64,
    /// How many, 1 to 8.
    pub sectors: u32,
    /// The page of memory, from its first byte.
    pub frame: Ppn,
    /// From memory to the disk; else from the disk to memory.
    pub write: bool,
}

/// The driver could not do it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IoError;

/// What to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// That this request is done.
    Io(IoId),
    /// That any is.
    Any,
}

/// Sectors of a disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) disk: Disk,
    pub(super) sector: u64,
    pub(super) sectors: u32,
}

impl Target {
    pub(super) fn of_slot(slot: Slot) -> Target {
        let sectors = PAGE_SIZE as u64 / SECTOR_SIZE;
        let sector = u64::from(slot.0) * sectors;
        Target {
            disk: Disk::Swap,
            sector,
            sectors: sectors as u32,
        }
    }
}

/// Requests that are not done.
#[derive(Default, Debug)]
pub(super) struct Queue {
    issued: u64,
    /// Not yet taken by the driver.
    waiting: VecDeque<IoRequest>,
    /// All, with their frames; not more than there are frames.
    under_way: Vec<(IoId, Frame)>,
}

impl Queue {
    pub(super) fn is_idle(&self) -> bool {
        self.under_way.is_empty()
    }

    pub(super) fn under_way(&self) -> impl Iterator<Item = (IoId, Frame)> {
        self.under_way.iter().copied()
    }
}

impl<M: PhysMemory> Mm<M> {
    /// Whether there is a request for the driver.
    pub fn has_io(&self) -> bool {
        !self.io.waiting.is_empty()
    }

    /// The next request for the driver.
    pub fn next_io(&mut self) -> Option<IoRequest> {
        self.io.waiting.pop_front()
    }

    /// A request is done. Those who wait for it, or for any, are to be woken.
    ///
    /// # Panics
    /// If there is no such request under way.
    pub fn io_done(&mut self, id: IoId, result: Result<(), IoError>) {
        let under_way = &mut self.io.under_way;
        let place = under_way.iter().position(|&(other, _)| other == id);
        let (_, frame) = under_way.swap_remove(place.expect("the driver was given this request"));
        probe!("io_done", id.0, frame.0, result.is_ok() as u8);
        let (_, direction) = self.frames[frame].io.take().expect("its frame knows of it");
        match (direction, result) {
            (Direction::In, Ok(())) => self.read_done(frame),
            (Direction::In, Err(IoError)) => self.read_failed(frame),
            (Direction::Out, Ok(())) => self.swapped_out(frame),
            (Direction::Out, Err(IoError)) => self.swap_out_failed(frame),
        }
    }

    /// A page is there. Those who wait for it find it when they try again.
    fn read_done(&mut self, frame: Frame) {
        self.clear_behind_end(frame);
        self.release_frame(frame);
    }

    /// A swap-out is done. If the page has come back meanwhile, or was even written
    /// to, it stays; unless nobody wants it any more.
    fn swapped_out(&mut self, frame: Frame) {
        let info = &self.frames[frame];
        if info.maps == 0 && !info.dirty {
            self.let_go(frame);
        } else {
            self.release_frame(frame);
        }
    }

    /// Begins a transfer of a frame; what is read is read for `claim`.
    pub(super) fn start_io(
        &mut self,
        frame: Frame,
        direction: Direction,
        target: Target,
        claim: Option<Reader>,
    ) -> IoId {
        self.io.issued += 1;
        let id = IoId(self.io.issued);
        let Target {
            disk,
            sector,
            sectors,
        } = target;
        let write = direction == Direction::Out;
        let page = self.frames.ppn(frame);
        self.io.waiting.push_back(IoRequest {
            id,
            disk,
            sector,
            sectors,
            frame: page,
            write,
        });
        self.io.under_way.push((id, frame));
        let swap = disk == Disk::Swap;
        probe!("io_start", id.0, frame.0, sector, write as u8, swap as u8);
        self.frames[frame].io = Some((id, direction));
        self.frames[frame].claim = claim;
        id
    }

    /// Whether a frame was read for this space, which has come back for it now.
    pub(super) fn take_claim(&mut self, frame: Frame, space: SpaceId) -> bool {
        let claim = self.frames[frame].claim;
        let is_its = claim.is_some_and(|reader| reader == self.reader(space));
        if is_its {
            self.frames[frame].claim = None;
            self.frames.may_be_idle(frame);
        }
        is_its
    }
}
