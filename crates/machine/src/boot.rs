//! What is in memory when the harts start: program, flat binaries, initial RAM
//! disk, device tree.
//!
//! What has an address of its own goes there. The rest goes as high in RAM as
//! there is room, each on pages of its own: the device tree, and below it the
//! initial RAM disk.

use std::ops::Range;

use pagewalk_bus::PhysAddr;
use pagewalk_devices::Htif;
use pagewalk_loader::{LoadError, Program};

use crate::device_tree::{self, Chosen, Reserved};
use crate::{Config, Machine, RAM_BASE};

/// Bytes for memory, and what to call them in messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blob {
    /// The file, as the user named it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a board starts with.
#[derive(Clone, Debug, Default)]
pub struct Payload<'a> {
    /// An executable; where it begins is where all harts start, unless there is
    /// firmware.
    pub program: Option<&'a Program>,
    /// Firmware: all harts start in it, and find in `a2` where the program begins.
    /// The device tree tells the program to leave its memory alone.
    pub firmware: Option<&'a Program>,
    /// Flat binaries, each at a physical address.
    pub blobs: &'a [(u64, Blob)],
    /// Where all harts start instead; without it and without a program, at the
    /// beginning of RAM.
    pub entry: Option<u64>,
    /// The initial RAM disk of a kernel; the device tree says where it is.
    pub initrd: Option<&'a Blob>,
    /// The command line of a kernel, for the device tree.
    pub bootargs: Option<&'a str>,
    /// The arguments of the process that a kernel is to run, its name first; for
    /// the device tree (`pagewalk,argv`), if there are any.
    pub argv: &'a [Vec<u8>],
    /// The environment of that process (`pagewalk,envp`).
    pub envp: &'a [Vec<u8>],
}

/// A payload does not fit the board.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootError {
    /// The program is not one for this board.
    #[error(transparent)]
    Program(#[from] LoadError),
    /// A flat binary reaches out of RAM.
    #[error(
        "{name}: {size} bytes at {address:#x} are not all in RAM, which is {RAM_BASE:#x} to {last:#x}"
    )]
    OutsideMemory {
        /// The file.
        name: String,
        /// Where it should go.
        address: u64,
        /// Its size in bytes.
        size: u64,
        /// The last address in RAM.
        last: u64,
    },
    /// Two things want the same place.
    #[error("{first} and {second} overlap at {address:#x}")]
    Overlap {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// The first address that both want.
        address: u64,
    },
    /// The initial RAM disk is too large for what RAM has left.
    #[error("{name}: no room in RAM for an initial RAM disk of {size} bytes; give the board more")]
    NoRoom {
        /// The file.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// Execution would start where there is no RAM.
    #[error("the entry point {0:#x} is not in RAM")]
    Entry(u64),
    /// The command line has a zero byte in it.
    #[error("the kernel's command line contains a zero byte")]
    Bootargs,
    /// An argument or a variable of the environment has a zero byte in it.
    #[error("the argument {0:?} contains a zero byte")]
    Argument(String),
}

/// A place in RAM that is taken.
struct Taken {
    name: String,
    range: Range<u64>,
}

/// The places in RAM that are taken.
struct Places {
    ram: Range<u64>,
    taken: Vec<Taken>,
}

impl Places {
    /// Takes `size` bytes at `address`, which are RAM.
    fn take(&mut self, name: &str, address: u64, size: u64) -> Result<(), BootError> {
        let range = address..address + size;
        if let Some(other) = self.overlapping(&range) {
            return Err(BootError::Overlap {
                first: other.name.clone(),
                second: name.to_owned(),
                address: range.start.max(other.range.start),
            });
        }
        self.taken.push(Taken {
            name: name.to_owned(),
            range,
        });
        Ok(())
    }

    fn overlapping(&self, range: &Range<u64>) -> Option<&Taken> {
        let mut taken = self.taken.iter();
        taken.find(|taken| range.start < taken.range.end && taken.range.start < range.end)
    }

    /// Takes the highest free pages that have room for `size` bytes.
    fn take_high(&mut self, name: &str, size: u64) -> Option<u64> {
        const PAGE: u64 = pagewalk_bus::PAGE_SIZE;
        let mut end = self.ram.end;
        loop {
            let start = end.checked_sub(size)? / PAGE * PAGE;
            if start < self.ram.start {
                return None;
            }
            match self.overlapping(&(start..end)) {
                Some(other) => end = other.range.start,
                None => {
                    let range = start..end;
                    let name = name.to_owned();
                    self.taken.push(Taken { name, range });
                    return Some(start);
                }
            }
        }
    }
}

impl Config {
    /// Whether a payload fits a board like this; what [`Machine::boot`] asks.
    ///
    /// # Errors
    /// [`BootError`] if it does not.
    pub fn check_payload(&self, payload: &Payload<'_>) -> Result<(), BootError> {
        Layout::new(self, payload).map(drop)
    }

    /// The device tree that a payload will find on a board like this.
    ///
    /// # Errors
    /// [`BootError`] if the payload does not fit.
    pub fn device_tree(&self, payload: &Payload<'_>) -> Result<Vec<u8>, BootError> {
        Layout::new(self, payload).map(|layout| layout.tree)
    }
}

/// Where everything goes.
struct Layout {
    entry: u64,
    /// Where the program begins, if it is not what starts.
    next: u64,
    initrd: Option<u64>,
    tree: Vec<u8>,
    /// None if the payload leaves no room for it.
    tree_address: Option<u64>,
}

impl Layout {
    fn new(config: &Config, payload: &Payload<'_>) -> Result<Self, BootError> {
        // Sizes that no host has are refused when the board is built.
        let ram = RAM_BASE..RAM_BASE.saturating_add(config.memory);
        let mut places = Places {
            ram: ram.clone(),
            taken: Vec::new(),
        };
        for program in payload.programs() {
            config.check(program)?;
            for segment in &program.segments {
                places.take(&program.name, segment.paddr, segment.mem_size)?;
            }
        }
        for (address, blob) in payload.blobs {
            let (address, size) = (*address, blob.bytes.len() as u64);
            let end = address.checked_add(size).filter(|end| *end <= ram.end);
            if address < ram.start || end.is_none() {
                return Err(BootError::OutsideMemory {
                    name: blob.name.clone(),
                    address,
                    size,
                    last: ram.end - 1,
                });
            }
            places.take(&blob.name, address, size)?;
        }
        let entry_of = |program: &Program| program.entry_paddr().unwrap_or(program.entry);
        let next = payload
            .entry
            .or(payload.program.map(entry_of))
            .unwrap_or(RAM_BASE);
        let entry = payload.firmware.map_or(next, entry_of);
        if let Some(outside) = [next, entry].into_iter().find(|at| !ram.contains(at)) {
            return Err(BootError::Entry(outside));
        }
        Self::place_the_rest(config, payload, places, entry, next)
    }

    /// Finds room for what may be anywhere. The tree comes first, although it
    /// says where the disk is: its size does not depend on that.
    fn place_the_rest(
        config: &Config,
        payload: &Payload<'_>,
        mut places: Places,
        entry: u64,
        next: u64,
    ) -> Result<Self, BootError> {
        for text in payload.argv.iter().chain(payload.envp) {
            if text.contains(&0) {
                let text = String::from_utf8_lossy(text).into_owned();
                return Err(BootError::Argument(text));
            }
        }
        let reserved: Vec<_> = payload
            .firmware
            .and_then(reserved_for)
            .into_iter()
            .collect();
        let initrd_size = payload.initrd.map(|blob| blob.bytes.len() as u64);
        let tree = |start: Option<u64>| {
            let initrd = start.zip(initrd_size);
            device_tree::write(
                config,
                &Chosen {
                    bootargs: payload.bootargs,
                    initrd: initrd.map(|(start, size)| (start, start + size)),
                    argv: payload.argv,
                    envp: payload.envp,
                    reserved: &reserved,
                },
            )
            .map_err(|_| BootError::Bootargs)
        };
        let size = tree(payload.initrd.map(|_| places.ram.start))?.len() as u64;
        let tree_address = places.take_high("the device tree", size);
        let initrd = match payload.initrd {
            None => None,
            Some(blob) => {
                let size = blob.bytes.len() as u64;
                let place = places.take_high(&blob.name, size);
                Some(place.ok_or_else(|| BootError::NoRoom {
                    name: blob.name.clone(),
                    size,
                })?)
            }
        };
        Ok(Self {
            entry,
            next,
            initrd,
            tree: tree(initrd)?,
            tree_address,
        })
    }
}

impl Payload<'_> {
    /// What is loaded by its own headers.
    fn programs(&self) -> impl Iterator<Item = &Program> {
        self.firmware.into_iter().chain(self.program)
    }
}

/// The memory of firmware, from its first segment to its last, as whole pages.
fn reserved_for(firmware: &Program) -> Option<Reserved> {
    const PAGE: u64 = pagewalk_bus::PAGE_SIZE;
    let start = firmware.segments.iter().map(|s| s.paddr).min()? / PAGE * PAGE;
    let ends = firmware.segments.iter().map(|s| s.paddr + s.mem_size);
    let end = ends.max()?.next_multiple_of(PAGE);
    Some(Reserved {
        name: "firmware".to_owned(),
        base: start,
        size: end - start,
        no_map: true,
    })
}

impl Machine {
    /// Puts a program into memory and all harts at its entry: see
    /// [`Machine::boot`].
    ///
    /// # Errors
    /// [`LoadError`] if the program does not fit the board.
    pub fn load(&mut self, program: &Program) -> Result<(), LoadError> {
        let payload = Payload {
            program: Some(program),
            ..Payload::default()
        };
        match self.boot(&payload) {
            Err(BootError::Program(error)) => Err(error),
            Err(other) => unreachable!("a program alone fits or does not: {other}"),
            Ok(()) => Ok(()),
        }
    }

    /// Puts a payload into memory and all harts where it begins, in M-mode,
    /// with their number in `a0` and the address of the device tree in `a1`
    /// (zero if the payload leaves no room for it), and listens at the `tohost` of
    /// the program if that is in RAM. With firmware, harts start there, and `a2`
    /// says where the program begins.
    ///
    /// # Errors
    /// [`BootError`] if it does not fit the board; nothing has changed then.
    pub fn boot(&mut self, payload: &Payload<'_>) -> Result<(), BootError> {
        let layout = Layout::new(&self.config, payload)?;
        for program in payload.programs() {
            for segment in &program.segments {
                self.put(segment.paddr, &segment.data);
            }
        }
        if let Some(program) = payload.program {
            self.listen_at(program);
        }
        for (address, blob) in payload.blobs {
            self.put(*address, &blob.bytes);
        }
        if let Some((address, blob)) = layout.initrd.zip(payload.initrd) {
            self.put(address, &blob.bytes);
        }
        match layout.tree_address {
            Some(address) => self.put(address, &layout.tree),
            None => log::warn!(target: "machine", "the payload leaves no room for a device tree"),
        }
        for hart in &mut self.harts {
            hart.set_pc(layout.entry);
            hart.set_x(10, hart.id());
            hart.set_x(11, layout.tree_address.unwrap_or(0));
            if payload.firmware.is_some() {
                hart.set_x(12, layout.next);
            }
        }
        Ok(())
    }

    fn put(&mut self, address: u64, bytes: &[u8]) {
        let written = self.bus.ram.write_bytes(PhysAddr(address), bytes);
        debug_assert!(written.is_some(), "the layout has seen to that");
    }

    /// Listens at the `tohost` of a program, if it has one in RAM.
    fn listen_at(&mut self, program: &Program) {
        let in_ram = |word: &PhysAddr| self.bus.ram.contains(*word, 8);
        if let Some(tohost) = program.tohost.map(PhysAddr).filter(in_ram) {
            let htif = Htif::new(tohost, program.fromhost.map(PhysAddr).filter(in_ram));
            for (word, len) in htif.words() {
                self.bus.ram.watch(word, len);
            }
            self.htif = Some(htif);
        }
    }
}
