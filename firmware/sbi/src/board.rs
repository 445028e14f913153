//! What the firmware knows of the board, from its device tree: console, power,
//! timer, memory.
#![allow(
    unsafe_code,
    reason = "device registers are reached by address, memory of the supervisor too"
)]

use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};

use pagewalk_device_tree::{NotATree, Tree, total_size};

/// Where the registers of a device are; zero if the board has none.
static UART: AtomicU64 = AtomicU64::new(0);
static FINISHER: AtomicU64 = AtomicU64::new(0);
static CLINT: AtomicU64 = AtomicU64::new(0);
/// The memory that a supervisor may name in a call: what is behind the
/// firmware.
static MEMORY_START: AtomicU64 = AtomicU64::new(0);
static MEMORY_END: AtomicU64 = AtomicU64::new(0);

/// First byte of memory, and of the firmware.
pub(crate) const FIRMWARE_BASE: u64 = 0x8000_0000;
/// What the firmware keeps for itself.
pub(crate) const FIRMWARE_SIZE: u64 = 512 << 10;

/// Registers of a 16550 (PC16550D data sheet).
const THR: u64 = 0;
const LSR: u64 = 5;
const LSR_DATA_READY: u8 = 1;
const LSR_THR_EMPTY: u8 = 1 << 5;

/// What the test finisher does with what is written to it.
const FINISHER_PASS: u32 = 0x5555;
const FINISHER_FAIL: u32 = 1 << 16 | 0x3333;
const FINISHER_RESET: u32 = 0x7777;

/// Offsets in a CLINT.
const MTIMECMP: u64 = 0x4000;

/// Reads the device tree at `address`.
pub(crate) fn learn(address: u64) -> Result<(), NotATree> {
    let header = ptr::with_exposed_provenance::<[u8; 8]>(address as usize);
    // SAFETY: what started the firmware says that a tree is there, in memory
    // that nobody writes to while the firmware starts.
    let bytes = unsafe {
        let size = total_size(&header.read_unaligned())?;
        core::slice::from_raw_parts(header.cast::<u8>(), size)
    };
    let tree = Tree::new(bytes)?;
    let base = |compatible| {
        let node = tree.compatible(compatible);
        node.and_then(|node| node.reg()).map_or(0, |(base, _)| base)
    };
    UART.store(base("ns16550a"), Ordering::Relaxed);
    FINISHER.store(base("sifive,test0"), Ordering::Relaxed);
    CLINT.store(base("sifive,clint0"), Ordering::Relaxed);
    let memory = tree.top("memory").and_then(|node| node.reg());
    let (start, size) = memory.ok_or(NotATree)?;
    MEMORY_START.store(start.max(FIRMWARE_BASE + FIRMWARE_SIZE), Ordering::Relaxed);
    MEMORY_END.store(start.saturating_add(size), Ordering::Relaxed);
    Ok(())
}

fn register<T>(base: &AtomicU64, offset: u64) -> Option<*mut T> {
    let base = base.load(Ordering::Relaxed);
    (base != 0).then(|| ptr::with_exposed_provenance_mut((base + offset) as usize))
}

/// Writes a byte to the console.
pub(crate) fn put(byte: u8) {
    let (Some(status), Some(data)) = (register::<u8>(&UART, LSR), register::<u8>(&UART, THR))
    else {
        return;
    };
    // SAFETY: the device tree says that these are registers of a UART.
    unsafe {
        while status.read_volatile() & LSR_THR_EMPTY == 0 {}
        data.write_volatile(byte);
    }
}

/// Takes a byte from the console, if one has come.
pub(crate) fn get() -> Option<u8> {
    let status = register::<u8>(&UART, LSR)?;
    let data = register::<u8>(&UART, THR)?;
    // SAFETY: as in `put`.
    unsafe { (status.read_volatile() & LSR_DATA_READY != 0).then(|| data.read_volatile()) }
}

/// How to end.
#[derive(Clone, Copy)]
pub(crate) enum Power {
    Off,
    OffAfterFailure,
    Reset,
}

/// Ends or restarts the machine.
pub(crate) fn power(how: Power) -> ! {
    let value = match how {
        Power::Off => FINISHER_PASS,
        Power::OffAfterFailure => FINISHER_FAIL,
        Power::Reset => FINISHER_RESET,
    };
    if let Some(finisher) = register::<u32>(&FINISHER, 0) {
        // SAFETY: the device tree says that this is the finisher's register.
        unsafe { finisher.write_volatile(value) };
    }
    crate::hart::sleep_for_ever()
}

/// Sets the machine timer of hart 0.
pub(crate) fn set_machine_timer(ticks: u64) {
    if let Some(compare) = register::<u64>(&CLINT, MTIMECMP) {
        // SAFETY: the device tree says that this is a CLINT's `mtimecmp`.
        unsafe { compare.write_volatile(ticks) };
    }
}

/// `len` bytes of the supervisor's memory. `None` if part of them is not
/// memory, or is the firmware's.
pub(crate) fn memory(address: u64, len: u64) -> Option<*mut u8> {
    let end = address.checked_add(len)?;
    let start = MEMORY_START.load(Ordering::Relaxed);
    let allowed = address >= start && end <= MEMORY_END.load(Ordering::Relaxed);
    allowed.then(|| ptr::with_exposed_provenance_mut(address as usize))
}

/// Writes formatted text to the console.
pub(crate) struct Console;

impl core::fmt::Write for Console {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        text.bytes().for_each(put);
        Ok(())
    }
}
