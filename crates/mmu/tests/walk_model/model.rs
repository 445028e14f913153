//! The naive model: the prose of "Virtual Address Translation Process", bit by
//! bit.

#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::ops::RangeInclusive;

use pagewalk_mmu::{Access, Context, FaultKind, Mode, PhysAddr, Pmp, Privilege, Reason};

use crate::common::Memory;

/// What one walk is made of.
#[derive(Clone, Debug)]
pub struct Case {
    pub va: u64,
    pub len: u64,
    pub access: Access,
    pub cx: Context,
    pub pmp: Pmp,
    pub mem: Memory,
}

/// How the model's walk ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// Translated, by a page of this many bytes; in all address spaces or not.
    Found {
        pa: u64,
        page_size: u64,
        global: bool,
    },
    /// Refused in one of these steps: where two steps lead to the same
    /// exception, the specification does not say which is first.
    Refused {
        kind: FaultKind,
        steps: RangeInclusive<u32>,
    },
}

/// Steps of the model that have no number in the specification.
const BEFORE_STEP_1: u32 = 0;
const AFTER_STEP_10: u32 = 11;

fn page_fault(step: u32) -> End {
    End::Refused {
        kind: FaultKind::Page,
        steps: step..=step,
    }
}

fn access_fault(steps: RangeInclusive<u32>) -> End {
    End::Refused {
        kind: FaultKind::Access,
        steps,
    }
}

/// Bits `high` down to `low`.
pub fn field(value: u64, high: u32, low: u32) -> u64 {
    (0..=high - low)
        .map(|i| ((value >> (low + i)) & 1) << i)
        .sum()
}

fn bit(value: u64, number: u32) -> bool {
    (value >> number) % 2 == 1
}

/// The translation of `case`, with its effect on memory.
pub fn model(case: &Case, mem: &mut Memory) -> End {
    let Case { va, access, cx, .. } = case;
    let levels: u32 = match cx.mode {
        _ if cx.privilege == Privilege::Machine => return model_bytes(case, mem, *va, 1),
        Mode::Bare => return model_bytes(case, mem, *va, 1),
        Mode::Sv39 => 3,
        Mode::Sv48 => 4,
        Mode::Sv57 => 5,
    };
    let sign_bit = 12 + 9 * levels - 1;
    if (sign_bit..64).any(|number| bit(*va, number) != bit(*va, sign_bit)) {
        return page_fault(BEFORE_STEP_1);
    }
    let vpn = |i: u32| field(*va, 12 + 9 * i + 8, 12 + 9 * i);

    // 1.
    let mut a = cx.root.0;
    let mut i = levels - 1;
    let mut global = false;
    loop {
        // 2.
        let address = a + vpn(i) * 8;
        let read_allowed = case
            .pmp
            .check(PhysAddr(address), 8, Access::Load, Privilege::Supervisor)
            .is_ok();
        let Some(&pte) = mem.words.get(&address).filter(|_| read_allowed) else {
            return access_fault(2..=2);
        };
        let (v, r, w, x, u) = (
            bit(pte, 0),
            bit(pte, 1),
            bit(pte, 2),
            bit(pte, 3),
            bit(pte, 4),
        );
        let (g, accessed, dirty) = (bit(pte, 5), bit(pte, 6), bit(pte, 7));
        let (n, pbmt) = (bit(pte, 63), field(pte, 62, 61));

        // 3.
        if !v || (!r && w) {
            return page_fault(3);
        }
        if field(pte, 60, 54) != 0 || (n && !cx.svnapot) || (pbmt != 0 && !cx.pbmte) {
            return page_fault(3);
        }
        let leaf = r || x;
        if leaf {
            let reserved_napot = n && (i != 0 || field(pte, 13, 10) != 8);
            if reserved_napot || pbmt == 3 {
                return page_fault(3);
            }
        } else if accessed || dirty || u || n || pbmt != 0 {
            return page_fault(3);
        }

        // 4.
        if !leaf {
            if i == 0 {
                return page_fault(4);
            }
            i -= 1;
            global |= g;
            a = field(pte, 53, 10) * 4096;
            continue;
        }

        // 5.
        if i > 0 && field(pte, 10 + 9 * i - 1, 10) != 0 {
            return page_fault(5);
        }
        // 6.
        let user_allowed = match (cx.privilege, access) {
            (Privilege::User, _) => u,
            (_, Access::Fetch) => !u,
            (_, _) => !u || cx.sum,
        };
        if !user_allowed {
            return page_fault(6);
        }
        // 8.
        let allowed = match access {
            Access::Fetch => x,
            Access::Load => r || (cx.mxr && x),
            Access::Store => w,
        };
        if !allowed {
            return page_fault(8);
        }
        // 10, before 9: nothing is written until all bytes may be accessed.
        let page_size = if n { 16 * 4096 } else { 4096 * 512_u64.pow(i) };
        let pa = field(pte, 53, 10) * 4096 / page_size * page_size + va % page_size;
        let bytes = model_bytes(case, mem, pa, page_size);
        // 9.
        let is_store = *access == Access::Store;
        if !accessed || (is_store && !dirty) {
            if !cx.hardware_ad {
                return page_fault(9);
            }
            let write_allowed = case
                .pmp
                .check(PhysAddr(address), 8, Access::Store, Privilege::Supervisor)
                .is_ok();
            let writable = !mem.read_only.contains(&(address / 4096 * 4096));
            match (write_allowed && writable, &bytes) {
                (false, End::Refused { .. }) => return access_fault(9..=AFTER_STEP_10),
                (false, End::Found { .. }) => return access_fault(9..=9),
                (true, End::Refused { .. }) => return bytes,
                (true, End::Found { .. }) => {}
            }
            if let Some(value) = mem.interference.take() {
                mem.words.insert(address, value);
            }
            if mem.words[&address] != pte {
                continue;
            }
            let d = if is_store { 1 << 7 } else { 0 };
            mem.words.insert(address, pte | 1 << 6 | d);
        }
        return match bytes {
            End::Found { pa, page_size, .. } => End::Found {
                pa,
                page_size,
                global: global | g,
            },
            refused => refused,
        };
    }
}

/// The checks of the accessed bytes themselves.
fn model_bytes(case: &Case, mem: &Memory, pa: u64, page_size: u64) -> End {
    let allowed = case
        .pmp
        .check(PhysAddr(pa), case.len, case.access, case.cx.privilege)
        .is_ok();
    if pa >= 1 << 56 || !allowed || mem.leaf_refusal.is_some() {
        return access_fault(AFTER_STEP_10..=AFTER_STEP_10);
    }
    End::Found {
        pa,
        page_size,
        global: false,
    }
}

/// The step that a reason belongs to, from the place that it cites.
pub fn step_of(reason: Reason) -> u32 {
    if reason == Reason::NonCanonicalAddress {
        return BEFORE_STEP_1;
    }
    match reason.source().split_once("step ") {
        None => AFTER_STEP_10,
        Some((_, rest)) => rest
            .chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .expect("a number of a step"),
    }
}
