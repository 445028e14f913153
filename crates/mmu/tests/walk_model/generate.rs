//! Random page tables that are nearly valid, and walks through them.

#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::collections::{BTreeMap, BTreeSet};

use pagewalk_mmu::{Access, Context, Mode, PAGE_SIZE, PhysAddr, Pmp, Privilege, Reason};
use proptest::prelude::*;
use proptest::sample::select;

use crate::common::Memory;
use crate::model::{Case, field};

/// The pages that hold page tables; the last is not memory.
const TABLES: [u64; 7] = [
    0x8000_0000,
    0x8000_1000,
    0x8000_2000,
    0x8000_3000,
    0x8000_4000,
    0x8000_5000,
    0x9000_0000,
];
/// The entries that exist in each, and that addresses use.
const INDICES: [u64; 4] = [0, 3, 255, 511];

const V: u64 = 1;
const N: u64 = 1 << 63;

/// A pointer to one of the tables, mostly one that is in memory.
fn pointer() -> impl Strategy<Value = u64> {
    let (last, in_memory) = TABLES.split_last().expect("there are tables");
    let table = prop_oneof![40 => select(in_memory), 1 => Just(*last)];
    (table, proptest::bool::weighted(0.1))
        .prop_map(|(table, global)| table >> 12 << 10 | V | u64::from(global) << 5)
}

/// A leaf as a careful kernel would write it at `level`.
fn leaf(level: u32) -> impl Strategy<Value = u64> {
    let rwx = select([0b001, 0b011, 0b100, 0b101, 0b111, 0b111].as_slice());
    // From bit 4: U, G, A, D.
    let ugad = (0..4_u64, select([0b11, 0b11, 0b01, 0b00].as_slice()));
    let pbmt = select([0, 0, 0, 0, 1, 2].as_slice());
    let napot = proptest::bool::weighted(if level == 0 { 0.3 } else { 0.0 });
    (rwx, ugad, pbmt, napot, 0..1_u64 << 44).prop_map(move |(rwx, (ug, ad), pbmt, napot, page)| {
        let ppn = page >> (9 * level) << (9 * level);
        let (ppn, n) = if napot {
            (ppn / 16 * 16 + 8, N)
        } else {
            (ppn, 0)
        };
        V | rwx << 1 | ug << 4 | ad << 6 | ppn << 10 | pbmt << 61 | n
    })
}

/// What makes an entry unsound, to be xored into it: mostly one bit.
fn flaw(probability: f64) -> impl Strategy<Value = u64> {
    let flaw = prop_oneof![
        8 => select((0..14).chain(54..64).collect::<Vec<u32>>()).prop_map(|bit| 1_u64 << bit),
        2 => (10..14_u32).prop_map(|bit| 1 << bit),
        1 => Just(3 << 61),
        1 => any::<u64>(),
    ];
    proptest::option::weighted(probability, flaw).prop_map(Option::unwrap_or_default)
}

/// An entry of any kind.
fn entry() -> impl Strategy<Value = u64> {
    let sound = prop_oneof![3 => pointer(), 3 => (0..5_u32).prop_flat_map(leaf)];
    (sound, flaw(0.1)).prop_map(|(entry, flaw)| entry ^ flaw)
}

fn memory() -> impl Strategy<Value = Memory> {
    let words = (TABLES.len() - 1) * INDICES.len();
    (
        proptest::collection::vec(entry(), words),
        proptest::option::weighted(0.1, select(&TABLES[..])),
        proptest::option::weighted(0.05, Just(Reason::NoMemoryAtLeaf)),
        proptest::option::weighted(0.2, entry()),
    )
        .prop_map(|(entries, read_only, leaf_refusal, interference)| Memory {
            words: TABLES
                .iter()
                .flat_map(|table| INDICES.iter().map(move |index| table + index * 8))
                .zip(entries)
                .collect::<BTreeMap<_, _>>(),
            read_only: read_only.into_iter().collect::<BTreeSet<_>>(),
            leaf_refusal,
            interference,
        })
}

/// Mostly open; sometimes with a rule about one of the tables or the page.
fn pmp() -> impl Strategy<Value = Pmp> {
    let rules = proptest::collection::vec(
        (
            prop_oneof![
                3 => select(&TABLES[..]),
                1 => any::<u64>().prop_map(|address| address % (1 << 56)),
            ],
            2..50_u32,
            0..8_u64,
            any::<bool>(),
        ),
        0..3,
    );
    (
        proptest::option::weighted(0.3, rules),
        proptest::bool::weighted(0.95),
    )
        .prop_map(|(rules, open)| {
            let mut pmp = Pmp::new();
            let mut cfg = 0;
            for (entry, (address, size_log2, perms, locked)) in
                rules.into_iter().flatten().enumerate()
            {
                let ones = (1_u64 << (size_log2 - 2)) - 1;
                pmp.write_addr(entry, address >> 2 & !ones | ones >> 1);
                cfg |= (3 << 3 | perms | u64::from(locked) << 7) << (8 * entry);
            }
            if open {
                pmp.write_addr(7, u64::MAX);
                cfg |= (3 << 3 | 7) << 56;
            }
            pmp.write_cfg(0, cfg);
            pmp
        })
}

fn context() -> impl Strategy<Value = Context> {
    let mode = prop_oneof![1 => Just(Mode::Bare), 9 => select(&Mode::ALL[1..])];
    let privilege = prop_oneof![
        6 => Just(Privilege::User),
        9 => Just(Privilege::Supervisor),
        1 => Just(Privilege::Machine),
    ];
    let flags = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    let root = prop_oneof![
        30 => select(&TABLES[..TABLES.len() - 1]),
        1 => Just(TABLES[TABLES.len() - 1]),
    ];
    (mode, privilege, root, flags).prop_map(
        |(mode, privilege, root, (sum, mxr, hardware_ad, pbmte, svnapot))| Context {
            mode,
            root: PhysAddr(root),
            asid: 0,
            privilege,
            sum,
            mxr,
            hardware_ad,
            pbmte,
            svnapot,
        },
    )
}

/// Indices that exist; the bits above those that `mode` translates mostly a
/// sign extension.
fn address(mode: Mode) -> impl Strategy<Value = u64> {
    let indices = proptest::collection::vec(select(&INDICES[..]), 5);
    let unused = 64 - mode.va_bits();
    let flaw = proptest::option::weighted(0.03, 38..64_u32);
    (indices, 0..PAGE_SIZE, flaw).prop_map(move |(indices, offset, flaw)| {
        let va = indices.iter().fold(0, |va, index| va << 9 | index) << 12 | offset;
        let canonical = ((va as i64) << unused >> unused) as u64;
        canonical ^ flaw.map_or(0, |bit| 1 << bit)
    })
}

/// Entries on the way of an address, from the root down to a leaf at `level`;
/// each sound, save for a rare flaw.
fn path(levels: u8, level: u8) -> impl Strategy<Value = Vec<u64>> {
    let pointers = proptest::collection::vec(pointer(), usize::from(levels - level) - 1);
    let flaws = proptest::collection::vec(flaw(0.06), usize::from(levels - level));
    (pointers, leaf(u32::from(level)), flaws).prop_map(|(mut path, leaf, flaws)| {
        path.push(leaf);
        path.iter()
            .zip(flaws)
            .map(|(entry, flaw)| entry ^ flaw)
            .collect()
    })
}

pub fn case() -> impl Strategy<Value = Case> {
    let access = select(&Access::ALL[..]);
    (context(), 1..=16_u64, access, pmp(), memory()).prop_flat_map(|(cx, len, access, pmp, mem)| {
        let levels = cx.mode.levels().max(1);
        let path = (0..levels).prop_flat_map(move |level| path(levels, level));
        (address(cx.mode), path).prop_map(move |(va, path)| {
            let mut mem = mem.clone();
            lay(&mut mem, cx.root.0, levels, va, &path);
            let len = len.min(PAGE_SIZE - va % PAGE_SIZE);
            Case {
                va,
                len,
                access,
                cx,
                pmp: pmp.clone(),
                mem,
            }
        })
    })
}

/// Writes the entries of `path` where a walk for `va` reads them.
fn lay(mem: &mut Memory, root: u64, levels: u8, va: u64, path: &[u64]) {
    let mut table = root;
    for (level, &entry) in (0..u32::from(levels)).rev().zip(path) {
        let index = field(va, 12 + 9 * level + 8, 12 + 9 * level);
        if let Some(word) = mem.words.get_mut(&(table + index * 8)) {
            *word = entry;
        }
        table = field(entry, 53, 10) * 4096;
    }
}
