//! virtio over MMIO: what all its devices have in common.
//!
//! Source: *Virtual I/O Device (VIRTIO)*, version 1.2, sections 3.1 (starting a
//! device) and 4.2 (MMIO).

use super::queue::{self, Queue};
use super::{Slot, VIRTIO_SIZE};
use crate::arch::Registers;

/// Registers (section 4.2.2).
mod register {
    pub(super) const MAGIC: u64 = 0x000;
    pub(super) const VERSION: u64 = 0x004;
    pub(super) const DEVICE_ID: u64 = 0x008;
    pub(super) const DRIVER_FEATURES: u64 = 0x020;
    pub(super) const DRIVER_FEATURES_SEL: u64 = 0x024;
    pub(super) const QUEUE_SEL: u64 = 0x030;
    pub(super) const QUEUE_NUM_MAX: u64 = 0x034;
    pub(super) const QUEUE_NUM: u64 = 0x038;
    pub(super) const QUEUE_READY: u64 = 0x044;
    pub(super) const QUEUE_NOTIFY: u64 = 0x050;
    pub(super) const INTERRUPT_STATUS: u64 = 0x060;
    pub(super) const INTERRUPT_ACK: u64 = 0x064;
    pub(super) const STATUS: u64 = 0x070;
    /// Descriptors, available ring, used ring: low halves; high ones 4 further.
    pub(super) const QUEUE_TABLES: [u64; 3] = [0x080, 0x090, 0x0a0];
    pub(super) const CONFIG: u64 = 0x100;
}

const MAGIC: u32 = 0x7472_6976;
const VERSION: u32 = 2;

/// Status bits (section 2.1).
const ACKNOWLEDGE: u32 = 1;
const DRIVER: u32 = 2;
const DRIVER_OK: u32 = 4;
const FEATURES_OK: u32 = 8;

/// The upper half of the features: VIRTIO_F_VERSION_1.
const VERSION_1: u32 = 1;

/// The way to a device.
#[derive(Debug)]
pub(super) struct Transport {
    registers: Registers,
    source: u32,
}

impl Transport {
    /// Whether a device of this kind is behind these registers.
    pub(super) fn is(registers: Registers, device: u32) -> bool {
        let is = |register, value: u32| registers.read::<u32>(register) == value;
        is(register::MAGIC, MAGIC)
            && is(register::VERSION, VERSION)
            && is(register::DEVICE_ID, device)
    }

    /// A number of 32 bits in the configuration space.
    pub(super) fn config(registers: Registers, offset: u64) -> u32 {
        assert!(register::CONFIG + offset < VIRTIO_SIZE);
        registers.read(register::CONFIG + offset)
    }

    /// Resets the device in a slot, if it is of this kind and agrees to these
    /// features, of which those from 32 on are all but VERSION_1 refused.
    pub(super) fn start(slot: &Slot, device: u32, features: u32) -> Option<Transport> {
        let registers = slot.registers;
        if !Self::is(registers, device) {
            return None;
        }
        registers.write(register::STATUS, 0u32);
        registers.write(register::STATUS, ACKNOWLEDGE | DRIVER);
        for (half, features) in [(0u32, features), (1, VERSION_1)] {
            registers.write(register::DRIVER_FEATURES_SEL, half);
            registers.write(register::DRIVER_FEATURES, features);
        }
        registers.write(register::STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
        let agrees = registers.read::<u32>(register::STATUS) & FEATURES_OK != 0;
        agrees.then_some(Transport {
            registers,
            source: slot.source,
        })
    }

    /// Tells the device of a queue.
    pub(super) fn add_queue(&self, number: u16, queue: &Queue) -> Option<()> {
        let registers = self.registers;
        registers.write(register::QUEUE_SEL, u32::from(number));
        if registers.read::<u32>(register::QUEUE_NUM_MAX) < u32::from(queue::SIZE) {
            return None;
        }
        registers.write(register::QUEUE_NUM, u32::from(queue::SIZE));
        for (register, address) in register::QUEUE_TABLES.into_iter().zip(queue.addresses()) {
            registers.write(register, address as u32);
            registers.write(register + 4, (address >> 32) as u32);
        }
        registers.write(register::QUEUE_READY, 1u32);
        Some(())
    }

    /// All queues are there: the device may work.
    pub(super) fn go(&self) {
        let status = ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK;
        self.registers.write(register::STATUS, status);
    }

    /// There is something new in a queue.
    pub(super) fn notify(&self, queue: u16) {
        self.registers
            .write(register::QUEUE_NOTIFY, u32::from(queue));
    }

    /// Takes back the interrupt, which has come.
    pub(super) fn acknowledge(&self) {
        let status: u32 = self.registers.read(register::INTERRUPT_STATUS);
        self.registers.write(register::INTERRUPT_ACK, status);
    }

    /// Its interrupt source at the PLIC.
    pub(super) fn source(&self) -> u32 {
        self.source
    }
}
