//! A segmentation fault in words.

use core::fmt;

use crate::arch;
use crate::console::report;
use crate::mem::{Access, Backing, BusCause, Kind, Segv, Stop, Vma, Why};
use crate::task::{Kernel, Tid};

/// Says what a process did that ends it.
pub(super) fn report(k: &mut Kernel, tid: Tid, address: u64, stop: Stop) {
    let pid = k.thread(tid).pid;
    let name = k.process(pid).name.clone();
    let name = name.escape_ascii();
    let pc = k.thread(tid).frame.pc;
    match stop {
        Stop::Segv(segv) => {
            report!(
                "process {} ({name}): segmentation fault: {} {address:#x}, {}",
                pid.0,
                verb(segv.access),
                why(segv.why)
            );
            say_vma(&segv);
        }
        Stop::Bus(cause) => {
            let what = match cause {
                BusCause::BeyondFile => "the page lies behind the end of the mapped file",
                BusCause::FileRead => "the disk could not read the file",
                BusCause::SwapRead => "the disk could not read the page from swap",
            };
            report!(
                "process {} ({name}): bus error at {address:#x}: {what}",
                pid.0
            );
        }
        Stop::Wait(_) | Stop::OutOfMemory => unreachable!("these end no process"),
    }
    report!("  at pc {pc:#x}");
    say_registers(k, tid);
}

/// Says which exception ends a process.
pub(super) fn report_exception(k: &mut Kernel, tid: Tid, cause: u64, value: u64) {
    let pid = k.thread(tid).pid;
    let name = k.process(pid).name.clone();
    let pc = k.thread(tid).frame.pc;
    report!(
        "process {} ({}): {}, value {value:#x}",
        pid.0,
        name.escape_ascii(),
        arch::name_of_exception(cause)
    );
    report!("  at pc {pc:#x}");
    say_registers(k, tid);
}

fn verb(access: Access) -> &'static str {
    match access {
        Access::Load => "read of",
        Access::Store => "write to",
        Access::Fetch => "execution of",
    }
}

fn why(why: Why) -> &'static str {
    match why {
        Why::NullPage => "a null pointer: page zero is never mapped",
        Why::NeverMapped => "where nothing was ever mapped",
        Why::TooMuchLocked => "below the stack, which is locked, and no more can be",
        Why::StackOverflow => "in the guard of the stack, which has grown as far as it may",
        Why::NotOfProcesses => "which is not in the half of the address space of processes",
        Why::NoAccess => "memory without any permission",
        Why::WriteToReadOnly => "read-only memory",
        Why::WriteToExecuteOnly => "execute-only memory",
        Why::ReadOfExecuteOnly => "execute-only memory",
        Why::ExecuteOfData => "memory that is not executable",
    }
}

/// The area that forbids it, or the next one up.
fn say_vma(segv: &Segv) {
    match &segv.vma {
        Some(vma) if vma.start <= segv.page => report!("  in the area {}", Shown(vma)),
        Some(vma) => report!("  the next area is {}", Shown(vma)),
        None => report!("  there is no area above it"),
    }
}

/// An area, as `/proc/self/maps` shows it.
struct Shown<'a>(&'a Vma);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let vma = self.0;
        let (start, end) = (vma.start.address(), vma.end.address());
        write!(f, "{start:x}-{end:x} {}", vma.letters())?;
        f.write_str(match (vma.kind, vma.backing) {
            (Kind::Stack { .. }, _) => " (stack)",
            (Kind::Heap, _) => " (heap)",
            (_, Backing::Object { .. }) => " (file or shared memory)",
            (_, Backing::Kernel(_)) => " (page of the kernel)",
            (_, Backing::Anonymous) => " (anonymous)",
        })
    }
}

fn say_registers(k: &mut Kernel, tid: Tid) {
    const NAMES: [&str; 32] = [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4",
        "a5", "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4",
        "t5", "t6",
    ];
    let x = k.thread(tid).frame.x;
    for row in 0..8 {
        let shown = |column: usize| {
            let number = row + 8 * column;
            (NAMES[number], x[number])
        };
        let [(a, av), (b, bv), (c, cv), (d, dv)] = [0, 1, 2, 3].map(shown);
        report!("  {a:>4} {av:016x}  {b:>4} {bv:016x}  {c:>4} {cv:016x}  {d:>4} {dv:016x}");
    }
}
