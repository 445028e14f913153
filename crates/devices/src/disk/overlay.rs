//! A disk whose changes are forgotten at the end.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;

use super::{Disk, assert_within};

/// Bytes of a block: the unit in which changes are kept.
const BLOCK_SIZE: u64 = 4096;

/// A disk in front of another one that is never written: writes go to memory,
/// and are gone with the overlay.
///
/// It keeps blocks of 4 KiB, those alone that were written to. So it needs as
/// much memory as the guest writes different blocks, at most the size of the
/// disk and some 30 bytes a block. Where the host has no more, a write fails.
///
/// A flush succeeds and does nothing: nothing here outlives the run.
///
/// ```
/// use pagewalk_devices::disk::{Disk, MemoryDisk, Overlay};
///
/// let mut disk = Overlay::new(MemoryDisk::new(vec![1; 8192]));
/// disk.write(512, &[2; 512])?;
/// let mut sectors = [0; 1024];
/// disk.read(0, &mut sectors)?;
/// assert_eq!((sectors[511], sectors[512]), (1, 2));
/// assert_eq!(disk.into_base().bytes(), [1; 8192]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Overlay<D> {
    base: D,
    /// Blocks that were written to, by their number. The last one may be
    /// short.
    blocks: HashMap<u64, Box<[u8]>>,
}

/// The part of a request that lies in one block.
#[derive(Clone, Copy)]
struct Piece {
    /// Which block.
    block: u64,
    /// Where the part begins in the block, in bytes.
    start: usize,
    /// Its length in bytes.
    len: usize,
}

impl Piece {
    /// The first part of a request for `len` bytes, at least one, at `offset`.
    fn first(offset: u64, len: usize) -> Self {
        let start = offset % BLOCK_SIZE;
        let rest = BLOCK_SIZE - start;
        Self {
            block: offset / BLOCK_SIZE,
            start: start as usize,
            len: len.min(rest as usize),
        }
    }

    fn slice(self, block: &[u8]) -> &[u8] {
        &block[self.start..self.start + self.len]
    }

    fn slice_mut(self, block: &mut [u8]) -> &mut [u8] {
        &mut block[self.start..self.start + self.len]
    }
}

impl<D: Disk> Overlay<D> {
    /// An overlay without changes in front of `base`.
    #[must_use]
    pub fn new(base: D) -> Self {
        Self {
            base,
            blocks: HashMap::new(),
        }
    }

    /// The disk behind it, as it was; the changes are gone.
    #[must_use]
    pub fn into_base(self) -> D {
        self.base
    }

    /// Bytes of changes that it keeps.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.blocks.len() as u64 * BLOCK_SIZE
    }

    /// How many bytes at the start of a request come from the base in one go.
    fn untouched(&self, offset: u64, len: usize) -> usize {
        let mut done = 0;
        while done < len {
            let piece = Piece::first(offset + done as u64, len - done);
            if self.blocks.contains_key(&piece.block) {
                break;
            }
            done += piece.len;
        }
        done
    }

    /// The block of `piece` in memory. One that is new there has the contents
    /// of the base, unless all of it is about to be written anyway.
    fn block_mut(&mut self, piece: Piece) -> io::Result<&mut [u8]> {
        self.blocks.try_reserve(1)?;
        match self.blocks.entry(piece.block) {
            Entry::Occupied(block) => Ok(block.into_mut()),
            Entry::Vacant(place) => {
                let start = piece.block * BLOCK_SIZE;
                let size = (self.base.size() - start).min(BLOCK_SIZE) as usize;
                let mut block = Vec::new();
                block.try_reserve_exact(size)?;
                block.resize(size, 0);
                if piece.len < size {
                    self.base.read(start, &mut block)?;
                }
                Ok(place.insert(block.into_boxed_slice()))
            }
        }
    }
}

impl<D: Disk> Disk for Overlay<D> {
    fn size(&self) -> u64 {
        self.base.size()
    }

    fn is_read_only(&self) -> bool {
        false
    }

    fn read(&mut self, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        assert_within(self.size(), offset, out.len());
        while !out.is_empty() {
            let piece = Piece::first(offset, out.len());
            let (part, rest);
            if let Some(block) = self.blocks.get(&piece.block) {
                (part, rest) = out.split_at_mut(piece.len);
                part.copy_from_slice(piece.slice(block));
            } else {
                let len = self.untouched(offset, out.len());
                (part, rest) = out.split_at_mut(len);
                self.base.read(offset, part)?;
            }
            offset += part.len() as u64;
            out = rest;
        }
        Ok(())
    }

    fn write(&mut self, mut offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        assert_within(self.size(), offset, bytes.len());
        while !bytes.is_empty() {
            let piece = Piece::first(offset, bytes.len());
            let (part, rest) = bytes.split_at(piece.len);
            piece
                .slice_mut(self.block_mut(piece)?)
                .copy_from_slice(part);
            offset += part.len() as u64;
            bytes = rest;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> &str {
        self.base.id()
    }
}
