//! The other side: a driver, and a disk in memory.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use pagewalk_bus::{Bus, Instant, Line, Lines, PhysAddr, Ram, Width};

use super::ring::Layout;
use super::{Function, Interface, Mmio};
use crate::disk::{Disk, SECTOR_SIZE};

pub(super) const RAM: PhysAddr = PhysAddr(0x8000_0000);
pub(super) const RAM_SIZE: u64 = 1 << 20;
pub(super) const SLOT: PhysAddr = PhysAddr(0x1000_1000);

/// Where the driver has its ring; buffers are behind it.
pub(super) const RING: u64 = RAM.0 + 0x1_0000;
pub(super) const HEAP: u64 = RAM.0 + 0x2_0000;

pub(super) const NEXT: u16 = 1;
pub(super) const WRITE: u16 = 2;
pub(super) const INDIRECT: u16 = 4;

pub(super) fn ram() -> Ram {
    Ram::new(RAM, RAM_SIZE).expect("a small mapping")
}

/// The layout that both interfaces can have: legacy, with pages of 4096 bytes.
pub(super) fn layout(size: u16) -> Layout {
    Layout::legacy(RING, size.into(), 4096).expect("a power of two")
}

/// The driver's side of a ring.
#[derive(Clone, Debug)]
pub(super) struct DriverRing {
    pub(super) layout: Layout,
    /// Chains made available.
    pub(super) offered: u16,
    /// Used entries seen.
    pub(super) seen: u16,
}

impl DriverRing {
    pub(super) fn new(size: u16) -> Self {
        Self {
            layout: layout(size),
            offered: 0,
            seen: 0,
        }
    }

    /// Writes a descriptor into the table at `table`.
    pub(super) fn put(
        ram: &mut Ram,
        table: PhysAddr,
        index: u16,
        (address, len, flags, next): (u64, u32, u16, u16),
    ) {
        let at = table.offset(16 * u64::from(index));
        let rest = u64::from(len) | u64::from(flags) << 32 | u64::from(next) << 48;
        ram.write(at, Width::B8, address).expect("RAM");
        ram.write(at.offset(8), Width::B8, rest).expect("RAM");
    }

    /// Writes a descriptor into the ring's own table.
    pub(super) fn descriptor(&self, ram: &mut Ram, index: u16, parts: (u64, u32, u16, u16)) {
        Self::put(ram, self.layout.descriptors, index, parts);
    }

    /// Writes a chain of (address, length, flags) to descriptors from `first` on.
    pub(super) fn chain(&self, ram: &mut Ram, first: u16, buffers: &[(u64, u32, u16)]) {
        for (index, &(address, len, flags)) in (first..).zip(buffers) {
            let is_last = usize::from(index - first) + 1 == buffers.len();
            let flags = if is_last { flags } else { flags | NEXT };
            self.descriptor(ram, index, (address, len, flags, index + 1));
        }
    }

    pub(super) fn offer(&mut self, ram: &mut Ram, head: u16) {
        let entry = 4 + 2 * u64::from(self.offered % self.layout.size as u16);
        ram.write(
            self.layout.available.offset(entry),
            Width::B2,
            u64::from(head),
        )
        .expect("RAM");
        self.offered = self.offered.wrapping_add(1);
        self.set_available(ram, self.offered);
    }

    pub(super) fn set_available(&self, ram: &mut Ram, idx: u16) {
        let at = self.layout.available.offset(2);
        ram.write(at, Width::B2, u64::from(idx)).expect("RAM");
    }

    pub(super) fn set_flags(&self, ram: &mut Ram, flags: u16) {
        ram.write(self.layout.available, Width::B2, u64::from(flags))
            .expect("RAM");
    }

    pub(super) fn set_used_event(&self, ram: &mut Ram, event: u16) {
        let at = 4 + 2 * u64::from(self.layout.size);
        ram.write(
            self.layout.available.offset(at),
            Width::B2,
            u64::from(event),
        )
        .expect("RAM");
    }

    /// The next chain that was given back: its head and what was written.
    pub(super) fn used(&mut self, ram: &Ram) -> Option<(u16, u32)> {
        let used = self.layout.used;
        let idx = ram.read(used.offset(2), Width::B2).expect("RAM") as u16;
        if idx == self.seen {
            return None;
        }
        let entry = 4 + 8 * u64::from(self.seen % self.layout.size as u16);
        self.seen = self.seen.wrapping_add(1);
        let element = ram.read(used.offset(entry), Width::B8).expect("RAM");
        Some((element as u16, (element >> 32) as u32))
    }

    pub(super) fn used_flags(&self, ram: &Ram) -> u16 {
        ram.read(self.layout.used, Width::B2).expect("RAM") as u16
    }

    pub(super) fn avail_event(&self, ram: &Ram) -> u16 {
        let at = 4 + 8 * u64::from(self.layout.size);
        ram.read(self.layout.used.offset(at), Width::B2)
            .expect("RAM") as u16
    }
}

/// A bus with one virtio slot, and a driver for what is in it.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) bus: Bus,
    pub(super) now: Instant,
    pub(super) interface: Interface,
    pub(super) ring: DriverRing,
}

impl Driver {
    pub(super) const IRQ: Line = Line { word: 1, bit: 5 };

    /// One that has done nothing yet.
    pub(super) fn new(interface: Interface, function: Option<Box<dyn Function>>) -> Self {
        let mut bus = Bus::new(ram(), Lines::new(2));
        let mmio = Mmio::new(Self::IRQ, interface, function);
        bus.map(SLOT, Mmio::SIZE, Box::new(mmio)).expect("room");
        Self {
            bus,
            now: Instant(1000),
            interface,
            ring: DriverRing::new(8),
        }
    }

    pub(super) fn get(&mut self, register: u64) -> u32 {
        let value = self
            .bus
            .read_device(SLOT.offset(register), Width::B4, self.now);
        value.expect("a register") as u32
    }

    pub(super) fn set(&mut self, register: u64, value: u32) {
        self.bus
            .write_device(SLOT.offset(register), Width::B4, u64::from(value), self.now)
            .expect("a register");
    }

    pub(super) fn config(&mut self, offset: u64, width: Width) -> u64 {
        self.bus
            .read_device(SLOT.offset(0x100 + offset), width, self.now)
            .expect("configuration space")
    }

    pub(super) fn set_config(&mut self, offset: u64, width: Width, value: u64) {
        self.bus
            .write_device(SLOT.offset(0x100 + offset), width, value, self.now)
            .expect("configuration space");
    }

    pub(super) fn features(&mut self) -> u64 {
        self.set(0x14, 1);
        let high = self.get(0x10);
        self.set(0x14, 0);
        u64::from(high) << 32 | u64::from(self.get(0x10))
    }

    pub(super) fn choose(&mut self, features: u64) {
        self.set(0x24, 1);
        self.set(0x20, (features >> 32) as u32);
        self.set(0x24, 0);
        self.set(0x20, features as u32);
    }

    /// Reset to FEATURES_OK. Tells whether the device took the features.
    pub(super) fn negotiate(&mut self, features: u64) -> bool {
        self.set(0x70, 0);
        self.set(0x70, 1);
        self.set(0x70, 3);
        self.choose(features);
        self.set(0x70, 11);
        self.get(0x70) == 11
    }

    /// Gives the device a ring of `size` entries as queue 0.
    pub(super) fn set_up_queue(&mut self, size: u16) {
        self.ring = DriverRing::new(size);
        let Layout {
            descriptors,
            available,
            used,
            ..
        } = self.ring.layout;
        let len = used.0 + 6 + 8 * u64::from(size) - RING;
        self.bus.ram.zero(PhysAddr(RING), len).expect("RAM");
        self.set(0x30, 0);
        self.set(0x38, u32::from(size));
        match self.interface {
            Interface::Modern => {
                for (register, area) in [(0x80, descriptors), (0x90, available), (0xa0, used)] {
                    self.set(register, area.0 as u32);
                    self.set(register + 4, (area.0 >> 32) as u32);
                }
                self.set(0x44, 1);
            }
            Interface::Legacy => {
                self.set(0x28, 4096);
                self.set(0x3c, 4096);
                self.set(0x40, (RING / 4096) as u32);
            }
        }
    }

    /// The whole initialisation (3.1.1).
    pub(super) fn start(&mut self, features: u64, size: u16) {
        assert!(self.negotiate(features), "the device takes the features");
        self.set_up_queue(size);
        self.set(0x70, 15);
    }

    /// Makes a chain at `first` available and notifies.
    pub(super) fn submit(&mut self, first: u16, buffers: &[(u64, u32, u16)]) {
        self.ring.chain(&mut self.bus.ram, first, buffers);
        self.ring.offer(&mut self.bus.ram, first);
        self.set(0x50, 0);
    }

    /// Lets time pass to the next event. Tells whether there was one.
    pub(super) fn step(&mut self) -> bool {
        let Some(due) = self.bus.deadline() else {
            return false;
        };
        assert!(due > self.now, "an event takes time");
        self.now = due;
        self.bus.tick(due);
        true
    }

    /// Lets time pass until nothing is left to do.
    pub(super) fn settle(&mut self) {
        while self.step() {}
    }

    pub(super) fn used(&mut self) -> Option<(u16, u32)> {
        self.ring.used(&self.bus.ram)
    }

    pub(super) fn line(&self) -> bool {
        self.bus.lines.word(Self::IRQ.word) >> Self::IRQ.bit & 1 != 0
    }

    pub(super) fn write(&mut self, address: u64, bytes: &[u8]) {
        self.bus
            .ram
            .write_bytes(PhysAddr(address), bytes)
            .expect("RAM");
    }

    pub(super) fn read(&self, address: u64, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.bus
            .ram
            .read_bytes(PhysAddr(address), &mut bytes)
            .expect("RAM");
        bytes
    }
}

/// What was done to a [`FakeDisk`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    Read(u64, usize),
    Write(u64, usize),
    Flush,
}

/// A disk in memory that forgets what was not flushed.
#[derive(Debug)]
pub(super) struct FakeDisk {
    /// What is read.
    pub(super) now: Vec<u8>,
    /// What a loss of power leaves.
    pub(super) stable: Vec<u8>,
    pub(super) is_read_only: bool,
    pub(super) deeds: Vec<Deed>,
    /// How many operations are done before all fail.
    pub(super) good_deeds: usize,
    pub(super) id: &'static str,
}

impl FakeDisk {
    /// Each sector is full of its number, plus one, modulo 256.
    pub(super) fn new(sectors: u64) -> Rc<RefCell<Self>> {
        let sector = |number: u64| [(number as u8).wrapping_add(1); SECTOR_SIZE as usize];
        let bytes: Vec<u8> = (0..sectors).flat_map(sector).collect();
        Rc::new(RefCell::new(Self {
            stable: bytes.clone(),
            now: bytes,
            is_read_only: false,
            deeds: Vec::new(),
            good_deeds: usize::MAX,
            id: "fake",
        }))
    }

    pub(super) fn lose_power(&mut self) {
        self.now.clone_from(&self.stable);
    }

    fn note(&mut self, deed: Deed) -> io::Result<()> {
        if let Deed::Read(offset, len) | Deed::Write(offset, len) = deed {
            assert!(offset.is_multiple_of(SECTOR_SIZE) && (len as u64).is_multiple_of(SECTOR_SIZE));
            assert!(len > 0 && offset + len as u64 <= self.size());
        }
        let Some(left) = self.good_deeds.checked_sub(1) else {
            return Err(io::Error::other("a head crashed"));
        };
        self.good_deeds = left;
        self.deeds.push(deed);
        Ok(())
    }
}

impl Disk for FakeDisk {
    fn size(&self) -> u64 {
        self.now.len() as u64
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.note(Deed::Read(offset, out.len()))?;
        out.copy_from_slice(&self.now[offset as usize..][..out.len()]);
        Ok(())
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        assert!(!self.is_read_only, "the device checks that");
        self.note(Deed::Write(offset, bytes.len()))?;
        self.now[offset as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.note(Deed::Flush)?;
        self.stable.clone_from(&self.now);
        Ok(())
    }

    fn id(&self) -> &str {
        self.id
    }
}
