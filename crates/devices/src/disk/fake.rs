//! A file for tests whose power can be cut.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;

use super::image::{Image, Storage};
use super::{Access, Disk, SECTOR_SIZE};

/// What was asked of a [`FakeFile`], in the order in which it was asked, also
/// where it failed. Offsets and lengths in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// To read.
    Load {
        /// Where.
        offset: u64,
        /// How much.
        len: usize,
    },
    /// To write.
    Store {
        /// Where.
        offset: u64,
        /// How much.
        len: usize,
    },
    /// To become as long as this.
    Grow(u64),
    /// To bring everything to stable storage.
    Sync,
}

/// A file in memory that forgets what was not synced when its power is cut,
/// and that fails on demand. Clones are the same file.
///
/// [`FakeFile::disk`] is a disk in it, with all code of
/// [`FileDisk`](super::FileDisk) but for the calls to the host.
#[derive(Clone, Debug)]
pub struct FakeFile(Rc<RefCell<State>>);

#[derive(Debug)]
struct State {
    /// What survives a power cut.
    stable: Vec<u8>,
    /// What is read: `stable` and what was written since.
    cached: Vec<u8>,
    /// Sectors of `cached` that the next sync makes stable.
    unsynced: BTreeSet<u64>,
    bad_sectors: BTreeSet<u64>,
    /// Bytes that may still be written.
    room: u64,
    failing_syncs: u32,
    asked: Vec<Asked>,
}

impl FakeFile {
    /// A file with these bytes, on stable storage.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Rc::new(RefCell::new(State {
            cached: bytes.clone(),
            stable: bytes,
            unsynced: BTreeSet::new(),
            bad_sectors: BTreeSet::new(),
            room: u64::MAX,
            failing_syncs: 0,
            asked: Vec::new(),
        })))
    }

    /// A disk in this file.
    ///
    /// # Panics
    /// If the file is empty.
    #[must_use]
    pub fn disk(&self, access: Access) -> impl Disk + use<> {
        let length = self.0.borrow().cached.len() as u64;
        let (name, id) = ("fake.img".to_owned(), "fake.img".to_owned());
        Image::new(self.clone(), name, id, access, length)
    }

    /// From now on, this sector can neither be read nor written (EIO).
    pub fn break_sector(&self, sector: u64) {
        self.0.borrow_mut().bad_sectors.insert(sector);
    }

    /// The host's disk has room for so many more bytes, whether they replace
    /// others or not (ENOSPC, as on a file system that copies on write).
    pub fn limit_room(&self, bytes: u64) {
        self.0.borrow_mut().room = bytes;
    }

    /// The next `count` syncs fail (EIO), and what they should have written is
    /// lost, though it can be read until the power is cut: as on Linux.
    pub fn fail_syncs(&self, count: u32) {
        self.0.borrow_mut().failing_syncs = count;
    }

    /// Cuts the power. Of the sectors that were not synced, those survive for
    /// which `survives` is true: a host may write what it has in any order.
    /// Nothing keeps one from going on with the file.
    pub fn cut_power(&self, mut survives: impl FnMut(u64) -> bool) {
        let state = &mut *self.0.borrow_mut();
        state.unsynced.retain(|&sector| survives(sector));
        state.write_back();
        state.cached.clone_from(&state.stable);
    }

    /// What the file holds, synced or not.
    #[must_use]
    pub fn contents(&self) -> Vec<u8> {
        self.0.borrow().cached.clone()
    }

    /// What would be left if the power were cut now.
    #[must_use]
    pub fn stable(&self) -> Vec<u8> {
        self.0.borrow().stable.clone()
    }

    /// Everything that was asked of it so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.0.borrow().asked.clone()
    }
}

impl Storage for FakeFile {
    fn load(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        let len = out.len();
        state.asked.push(Asked::Load { offset, len });
        state.check_sectors(offset, len)?;
        let bytes = state.cached.get(offset as usize..);
        let bytes = bytes.and_then(|bytes| bytes.get(..len));
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn store(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        let len = bytes.len();
        state.asked.push(Asked::Store { offset, len });
        let sectors = bytes.chunks(SECTOR_SIZE as usize);
        for (sector, bytes) in (offset / SECTOR_SIZE..).zip(sectors) {
            let start = sector * SECTOR_SIZE;
            state.check_sectors(start, bytes.len())?;
            let room = state.room.checked_sub(bytes.len() as u64);
            state.room = room.ok_or(io::ErrorKind::StorageFull)?;
            let start = start as usize;
            let end = start + bytes.len();
            if end > state.cached.len() {
                state.cached.resize(end, 0);
            }
            state.cached[start..end].copy_from_slice(bytes);
            state.unsynced.insert(sector);
        }
        Ok(())
    }

    fn grow(&self, length: u64) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        state.asked.push(Asked::Grow(length));
        if state.cached.len() < length as usize {
            state.cached.resize(length as usize, 0);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let state = &mut *self.0.borrow_mut();
        state.asked.push(Asked::Sync);
        if let Some(left) = state.failing_syncs.checked_sub(1) {
            state.failing_syncs = left;
            state.unsynced.clear();
            return Err(broken("sync"));
        }
        state.write_back();
        Ok(())
    }
}

impl State {
    /// Makes stable what is not yet.
    fn write_back(&mut self) {
        for sector in std::mem::take(&mut self.unsynced) {
            let start = (sector * SECTOR_SIZE) as usize;
            let end = self.cached.len().min(start + SECTOR_SIZE as usize);
            if end > self.stable.len() {
                self.stable.resize(end, 0);
            }
            self.stable[start..end].copy_from_slice(&self.cached[start..end]);
        }
    }

    /// Fails if part of a request is in a sector that is broken.
    fn check_sectors(&self, offset: u64, len: usize) -> io::Result<()> {
        let sectors = offset / SECTOR_SIZE..(offset + len as u64).div_ceil(SECTOR_SIZE);
        match self.bad_sectors.range(sectors).next() {
            Some(sector) => Err(broken(&format!("sector {sector}"))),
            None => Ok(()),
        }
    }
}

/// What EIO becomes.
fn broken(what: &str) -> io::Error {
    io::Error::other(format!("{what}: input/output error"))
}
