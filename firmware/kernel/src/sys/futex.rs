//! Futexes: waiting for a word of memory to change.
//!
//! The word belongs to the program; the kernel only knows who sleeps at which one. It
//! looks at the word and puts the thread to sleep in one go, so nobody can change the
//! word and wake sleepers in between.

use alloc::vec::Vec;

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;
use pagewalk_guest_abi::layout::Timespec;

use super::Args;
use crate::mem::Partial;
use crate::task::{Answer, Cx, FutexKey, Kernel, State, Tid, Wait};

/// Entries of a robust list that are looked at: it may be a circle.
const MOST_ROBUST: usize = 2048;

/// Bits of a waiter that every wake-up means.
const ANY: u32 = u32::MAX;

/// `futex`.
pub(super) async fn futex(cx: &Cx, args: Args) -> Answer {
    let [address, operation, value, timeout, other, compared] = args;
    let operation = u64::from(operation as u32);
    let is_private = operation & FUTEX_PRIVATE_FLAG != 0;
    let key = |address| key(cx, address, is_private);
    // Counts are ints; who wakes -1 means everybody, as on Linux.
    let most = |count: u64| count as u32 as usize;
    let command = operation & !(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
    let bits = match command {
        FUTEX_WAIT_BITSET | FUTEX_WAKE_BITSET => compared as u32,
        _ => ANY,
    };
    if bits == 0 {
        return Err(Errno::EINVAL);
    }
    match command {
        FUTEX_WAKE | FUTEX_WAKE_BITSET => {
            let key = key(address)?;
            Ok(cx.kernel(|k| k.wake_futex(key, bits, most(value))) as u64)
        }
        FUTEX_REQUEUE | FUTEX_CMP_REQUEUE => {
            let (from, to) = (key(address)?, key(other)?);
            if command == FUTEX_CMP_REQUEUE && read_word(cx, address).await? != compared as u32 {
                return Err(Errno::EAGAIN);
            }
            // The number to move stands where others have the time.
            let (wake, requeue) = (most(value), most(timeout));
            if wake.max(requeue) > i32::MAX as usize {
                return Err(Errno::EINVAL);
            }
            cx.kernel(|k| {
                let woken = k.wake_futex(from, ANY, wake);
                let moved = k.move_sleepers(from, to, requeue);
                // Plain REQUEUE tells only how many it woke.
                let told = if command == FUTEX_CMP_REQUEUE {
                    moved
                } else {
                    0
                };
                Ok((woken + told) as u64)
            })
        }
        FUTEX_WAIT | FUTEX_WAIT_BITSET => {
            let until = match timeout {
                0 => None,
                at => Some(deadline(cx, at, command, operation).await?),
            };
            let key = key(address)?;
            if read_word(cx, address).await? != value as u32 {
                return Err(Errno::EAGAIN);
            }
            let since = crate::arch::time();
            cx.sleep(Wait::Futex {
                key,
                bits,
                since,
                until,
            })
            .await?;
            let tid = cx.tid;
            match cx.kernel(|k| k.thread(tid).was_late) {
                true => Err(Errno::ETIMEDOUT),
                false => Ok(0),
            }
        }
        _ => Err(Errno::ENOSYS),
    }
}

async fn read_word(cx: &Cx, address: u64) -> Result<u32, Errno> {
    let mut word = [0; 4];
    cx.copy_in(address, &mut word).await?;
    Ok(u32::from_le_bytes(word))
}

/// By what the kernel knows a word. Who shares memory finds it at another address,
/// perhaps; who says that a futex is private saves the search.
fn key(cx: &Cx, address: u64, is_private: bool) -> Result<FutexKey, Errno> {
    if !address.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    let space = cx.space();
    if is_private {
        return Ok(FutexKey::Private { space, address });
    }
    cx.kernel(|k| FutexKey::of(k, space, address).ok_or(Errno::EFAULT))
}

/// When a wait is over, in ticks.
async fn deadline(cx: &Cx, at: u64, command: u64, operation: u64) -> Result<u64, Errno> {
    let [sec, nsec] = cx.read_words(at).await?;
    let time = Timespec {
        sec: sec as i64,
        nsec: nsec as i64,
    };
    let nanos = time.to_nanos().ok_or(Errno::EINVAL)?;
    let is_absolute = command == FUTEX_WAIT_BITSET;
    Ok(cx.kernel(|k| {
        let nanos = match (is_absolute, operation & FUTEX_CLOCK_REALTIME != 0) {
            (true, true) => nanos.saturating_sub(k.epoch),
            (true, false) => nanos,
            (false, _) => k.now().saturating_add(nanos),
        };
        k.to_ticks(nanos)
    }))
}

impl Kernel {
    /// Who sleeps at a word and is meant by `bits`, the one who came first first.
    fn sleepers(&self, key: FutexKey, bits: u32) -> Vec<Tid> {
        let mut sleepers: Vec<(u64, Tid)> = self
            .threads
            .iter()
            .filter_map(|(tid, thread)| match thread.state {
                State::Waits(Wait::Futex {
                    key: at,
                    bits: asked,
                    since,
                    ..
                }) if at == key && asked & bits != 0 => Some((since, *tid)),
                _ => None,
            })
            .collect();
        sleepers.sort_unstable();
        sleepers.into_iter().map(|(_, tid)| tid).collect()
    }

    /// Wakes those who sleep at a word, `most` of them; how many.
    pub(crate) fn wake_futex(&mut self, key: FutexKey, bits: u32, most: usize) -> usize {
        let sleepers = self.sleepers(key, bits);
        let woken = sleepers.into_iter().take(most);
        woken.map(|tid| self.wake(tid)).count()
    }

    /// Makes sleepers, `most` of them, sleep at another word; how many.
    fn move_sleepers(&mut self, from: FutexKey, to: FutexKey, most: usize) -> usize {
        let sleepers = self.sleepers(from, ANY);
        let moved = sleepers.into_iter().take(most);
        let moved = moved.map(|tid| {
            if let State::Waits(Wait::Futex { key, .. }) = &mut self.thread(tid).state {
                *key = to;
            }
        });
        moved.count()
    }

    /// A thread ends: it gives back the locks that it held, as far as they are in
    /// memory (get_robust_list(2)). Nobody who has died waits for a disk.
    pub(crate) fn leave_locks(&mut self, tid: Tid) {
        let head = core::mem::take(&mut self.thread(tid).robust_list);
        if head != 0 {
            self.leave_robust_list(tid, head);
        }
    }

    /// Wakes one who sleeps at a word of the process.
    pub(crate) fn wake_word(&mut self, tid: Tid, address: u64) {
        let space = self.space_of(tid);
        if let Some(key) = FutexKey::of(self, space, address) {
            self.wake_futex(key, ANY, 1);
        }
    }

    /// `struct robust_list_head`: the first entry, how far behind an entry its word is,
    /// and the entry of a lock that is being taken or given back.
    fn leave_robust_list(&mut self, tid: Tid, head: u64) {
        let mut words = [0; 3];
        for (number, word) in (0..).zip(&mut words) {
            let Some(value) = self.look(tid, head.wrapping_add(8 * number)) else {
                return;
            };
            *word = value;
        }
        let [mut entry, offset, pending] = words;
        for _ in 0..MOST_ROBUST {
            // The lowest bit says that a lock knows priorities.
            let at = entry & !1;
            if at == head {
                break;
            }
            let next = self.look(tid, at);
            if at != pending & !1 {
                self.give_lock_back(tid, at.wrapping_add(offset));
            }
            match next {
                Some(next) => entry = next,
                None => break,
            }
        }
        if pending & !1 != 0 {
            self.give_lock_back(tid, (pending & !1).wrapping_add(offset));
        }
    }

    /// If a thread holds a lock, its next owner learns that the last one died.
    fn give_lock_back(&mut self, tid: Tid, address: u64) {
        let Some(word) = self.look(tid, address & !7) else {
            return;
        };
        let word = (word >> (8 * (address & 4))) & u64::from(u32::MAX);
        if !address.is_multiple_of(4) || word & FUTEX_TID_MASK != u64::from(tid.0) {
            return;
        }
        let left = ((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED) as u32;
        let space = self.space_of(tid);
        let written = self.mm.copy_out(space, &left.to_le_bytes(), address);
        if written.is_ok() && word & FUTEX_WAITERS != 0 {
            self.wake_word(tid, address);
        }
    }

    /// A word of a process, unless a disk has it.
    fn look(&mut self, tid: Tid, address: u64) -> Option<u64> {
        let (space, mut bytes) = (self.space_of(tid), [0; 8]);
        match self.mm.copy_in(space, address, &mut bytes) {
            Ok(()) => Some(u64::from_le_bytes(bytes)),
            Err(Partial { .. }) => None,
        }
    }
}
