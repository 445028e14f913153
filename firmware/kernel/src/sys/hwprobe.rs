//! `riscv_hwprobe`: what the hart can do, in pairs of key and value.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::RISCV_HWPROBE_WHICH_CPUS;

use super::Args;
use crate::task::{Answer, Cx};

/// Bytes of a set of harts that mean something.
const SET_SIZE: u64 = 8;
/// The set of all harts that run programs.
const ALL: u64 = 1;
/// A pair that means nothing.
const UNKNOWN: i64 = -1;

pub(super) async fn riscv_hwprobe(cx: &Cx, [pairs, count, size, set, flags, _]: Args) -> Answer {
    match flags {
        0 => tell(cx, pairs, count, size, set).await,
        RISCV_HWPROBE_WHICH_CPUS => which(cx, pairs, count, size, set).await,
        _ => Err(Errno::EINVAL),
    }
}

/// Fills in values that hold for all harts of a set; no set means all.
async fn tell(cx: &Cx, pairs: u64, count: u64, size: u64, set: u64) -> Answer {
    if (size, set) != (0, 0) && read_set(cx, set, size).await? & ALL == 0 {
        return Err(Errno::EINVAL);
    }
    let hart = cx.kernel(|k| k.hart);
    for number in 0..count {
        let at = pairs.wrapping_add(16 * number);
        let [key] = cx.read_words(at).await?.map(|word| word as i64);
        let (key, value) = match hart.value(key) {
            Some(value) => (key, value),
            None => (UNKNOWN, 0),
        };
        write_pair(cx, at, key, value).await?;
    }
    Ok(0)
}

/// Takes out of a set the harts that have not got what the pairs ask for.
async fn which(cx: &Cx, pairs: u64, count: u64, size: u64, set: u64) -> Answer {
    if size == 0 || set == 0 {
        return Err(Errno::EINVAL);
    }
    let mut harts = match read_set(cx, set, size).await? {
        0 => ALL,
        harts => harts & ALL,
    };
    let hart = cx.kernel(|k| k.hart);
    for number in 0..count {
        let at = pairs.wrapping_add(16 * number);
        let [key, value] = cx.read_words(at).await?;
        if hart.value(key as i64).is_none() {
            write_pair(cx, at, UNKNOWN, 0).await?;
        }
        if !hart.has(key as i64, value) {
            harts = 0;
        }
    }
    let bytes = harts.to_le_bytes();
    cx.copy_out(&bytes[..size.min(SET_SIZE) as usize], set)
        .await?;
    Ok(0)
}

async fn read_set(cx: &Cx, from: u64, size: u64) -> Result<u64, Errno> {
    let mut bytes = [0; SET_SIZE as usize];
    cx.copy_in(from, &mut bytes[..size.min(SET_SIZE) as usize])
        .await?;
    Ok(u64::from_le_bytes(bytes))
}

async fn write_pair(cx: &Cx, at: u64, key: i64, value: u64) -> Result<(), Errno> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&key.to_le_bytes());
    bytes[8..].copy_from_slice(&value.to_le_bytes());
    cx.copy_out(&bytes, at).await
}
