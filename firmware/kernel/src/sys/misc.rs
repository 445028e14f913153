//! What programs ask about the machine and about themselves.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;

use crate::mem::{Event, PAGE_SIZE};
use crate::task::{Answer, Cx};

/// `struct rusage` with what is known: faults.
pub(crate) fn rusage(tally: &[u64; Event::ALL.len()]) -> [u8; 144] {
    const MINOR_AT: usize = 64;
    const MAJOR_AT: usize = 72;
    let mut bytes = [0; 144];
    let mut put = |at: usize, event: Event| {
        let count = tally[event as usize];
        bytes[at..at + 8].copy_from_slice(&count.to_le_bytes());
    };
    put(MINOR_AT, Event::Minor);
    put(MAJOR_AT, Event::Major);
    bytes
}

pub(super) async fn getrusage(cx: &Cx, who: u64, out: u64) -> Answer {
    let tid = cx.tid;
    let tally = cx.kernel(|k| {
        let pid = k.thread(tid).pid;
        let process = &k.processes[&pid];
        match who {
            RUSAGE_SELF | RUSAGE_THREAD => Ok(k.tally(process)),
            RUSAGE_CHILDREN => Ok(process.of_children),
            _ => Err(Errno::EINVAL),
        }
    })?;
    cx.copy_out(&rusage(&tally), out).await?;
    Ok(0)
}

pub(super) async fn uname(cx: &Cx, out: u64) -> Answer {
    const FIELD: usize = 65;
    let fields: [&[u8]; 6] = [
        b"Linux",
        b"pagewalk",
        // Programs refuse kernels that say they are older than these.
        b"6.12.0-pagewalk",
        concat!("pagewalk ", env!("CARGO_PKG_VERSION")).as_bytes(),
        b"riscv64",
        b"",
    ];
    let mut bytes = [0; 6 * FIELD];
    for (to, field) in bytes.chunks_exact_mut(FIELD).zip(fields) {
        to[..field.len()].copy_from_slice(field);
    }
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

pub(super) async fn getrandom(cx: &Cx, out: u64, len: u64) -> Answer {
    let len = len.min(1 << 20);
    let mut done = 0;
    while done < len {
        let bytes = cx.kernel(|k| k.random()).to_le_bytes();
        let count = (len - done).min(8) as usize;
        cx.copy_out(&bytes[..count], out.wrapping_add(done)).await?;
        done += count as u64;
    }
    Ok(len)
}

/// Limits are what they are: asking is answered, changing is not done.
pub(super) async fn prlimit64(cx: &Cx, resource: u64, old: u64) -> Answer {
    const STACK: u64 = 3;
    const FILES: u64 = 7;
    let limit = match resource {
        STACK => 8 << 20,
        FILES => 1024,
        _ => u64::MAX,
    };
    if old != 0 {
        let bytes: Vec<u8> = [limit, limit]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        cx.copy_out(&bytes, old).await?;
    }
    Ok(0)
}

pub(super) async fn sysinfo(cx: &Cx, out: u64) -> Answer {
    let (uptime, processes) = cx.kernel(|k| (k.now() / 1_000_000_000, k.processes.len()));
    let available = cx.kernel(|k| k.mm.available() as u64) * PAGE_SIZE as u64;
    let mut bytes = [0; 112];
    bytes[..8].copy_from_slice(&uptime.to_le_bytes());
    // totalram and freeram, then the number of processes and the unit.
    bytes[32..40].copy_from_slice(&available.to_le_bytes());
    bytes[40..48].copy_from_slice(&available.to_le_bytes());
    bytes[80..82].copy_from_slice(&(processes as u16).to_le_bytes());
    bytes[104..108].copy_from_slice(&1u32.to_le_bytes());
    cx.copy_out(&bytes, out).await?;
    Ok(0)
}

/// There is one hart.
pub(super) async fn sched_getaffinity(cx: &Cx, len: u64, out: u64) -> Answer {
    if len < 8 {
        return Err(Errno::EINVAL);
    }
    cx.copy_out(&1u64.to_le_bytes(), out).await?;
    Ok(8)
}

/// `riscv_hwprobe`: pairs of key and value; keys that mean nothing to us become -1.
pub(super) async fn riscv_hwprobe(cx: &Cx, pairs: u64, count: u64) -> Answer {
    const BASE_BEHAVIOR: u64 = 3;
    const IMA_EXT_0: u64 = 4;
    const CPUPERF_0: u64 = 5;
    /// F and D, C.
    const EXTENSIONS: u64 = 0b11;
    for number in 0..count.min(64) {
        let at = pairs.wrapping_add(16 * number);
        let [key] = cx.read_words(at).await?;
        let (key, value) = match key {
            BASE_BEHAVIOR => (key, 1),
            IMA_EXT_0 => (key, EXTENSIONS),
            CPUPERF_0 => (key, 0),
            _ => (u64::MAX, 0),
        };
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&key.to_le_bytes());
        bytes[8..].copy_from_slice(&value.to_le_bytes());
        cx.copy_out(&bytes, at).await?;
    }
    Ok(0)
}
