//! Damaged files: whatever the damage, an error or a consistent program.

use proptest::prelude::*;

use crate::builder::*;
use crate::{allocation, invariants};

/// One kind of damage.
#[derive(Debug, Clone)]
enum Damage {
    Byte {
        at: usize,
        xor: u8,
    },
    Integer {
        at: usize,
        width: usize,
        value: u64,
    },
    Truncate {
        at: usize,
    },
    Copy {
        from: usize,
        to: usize,
        length: usize,
    },
}

/// Values at which checks begin to fail, relative to nothing, the file's size
/// and the ends of integers.
fn integer() -> impl Strategy<Value = u64> {
    let base = prop_oneof![
        Just(0),
        Just(0x400),
        Just(0x8000_0000),
        Just(0xffff),
        Just(u64::from(u32::MAX)),
        Just(1 << 63),
        any::<u64>(),
    ];
    (base, -80i64..80).prop_map(|(base, offset)| base.wrapping_add_signed(offset))
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = 0..1200usize;
    // Fields are aligned, and most of them are in tables.
    let field = (0..300usize).prop_map(|slot| slot * 4);
    let width = prop_oneof![Just(2usize), Just(4), Just(8)];
    prop_oneof![
        2 => (at.clone(), any::<u8>()).prop_map(|(at, xor)| Damage::Byte { at, xor }),
        6 => (field, width, integer())
            .prop_map(|(at, width, value)| Damage::Integer { at, width, value }),
        1 => at.clone().prop_map(|at| Damage::Truncate { at }),
        1 => (at.clone(), at, 1..64usize)
            .prop_map(|(from, to, length)| Damage::Copy { from, to, length }),
    ]
}

/// Applies damage, folded into the file wherever it points.
fn apply(file: &mut Vec<u8>, damage: &Damage) {
    let fold = |at: usize, width: usize| at % (file.len().saturating_sub(width) + 1);
    match *damage {
        _ if file.len() < 64 => {}
        Damage::Byte { at, xor } => {
            let at = fold(at, 1);
            file[at] ^= xor;
        }
        Damage::Integer { at, width, value } => {
            let at = fold(at, width);
            file[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        Damage::Truncate { at } => {
            let at = fold(at, 0);
            file.truncate(at);
        }
        Damage::Copy { from, to, length } => {
            let (from, to) = (fold(from, length), fold(to, length));
            file.copy_within(from..from + length, to);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_do_no_harm(damages in prop::collection::vec(damage(), 1..6)) {
        let mut bytes = Elf::good().build();
        for damage in &damages {
            apply(&mut bytes, damage);
        }
        allocation::check(&bytes);
        invariants::check(&bytes);
    }

    #[test]
    fn random_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut headed = Elf::good().build();
        let length = bytes.len().min(headed.len() - 64);
        headed[64..64 + length].copy_from_slice(&bytes[..length]);
        invariants::check(&bytes);
        invariants::check(&headed);
    }
}
