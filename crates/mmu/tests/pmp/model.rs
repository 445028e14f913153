//! Random registers and accesses against a model that asks for each byte
//! which entry matches it.

use std::cell::Cell;

use pagewalk_mmu::{Access, PAGE_SIZE, Perms, PhysAddr, Pmp, PmpDenied, Privilege};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Random register files in one run; `PROPTEST_CASES` makes it another
/// number.
const CASES: u32 = 4_000;
/// Accesses tried on each.
const ACCESSES: usize = 40;

/// The registers, as their bits.
#[derive(Default)]
struct Model {
    cfg: [u8; 16],
    addr: [u64; 16],
}

impl Model {
    fn locked(&self, entry: usize) -> bool {
        entry < 16 && self.cfg[entry] & 0x80 != 0
    }

    fn a(&self, entry: usize) -> u8 {
        self.cfg[entry] / 8 % 4
    }

    fn write(&mut self, write: &Write) {
        match *write {
            Write::Cfg(register, value) => {
                for (byte, new) in value.to_le_bytes().into_iter().enumerate() {
                    let entry = register * 4 + byte;
                    if entry < 16 && !self.locked(entry) {
                        let write_only = new & 3 == 2;
                        self.cfg[entry] = new & 0x9f & if write_only { !2 } else { !0 };
                    }
                }
            }
            Write::Addr(entry, value) => {
                let next_is_locked_tor = self.locked(entry + 1) && self.a(entry + 1) == 1;
                if entry < 16 && !self.locked(entry) && !next_is_locked_tor {
                    self.addr[entry] = value % (1 << 54);
                }
            }
        }
    }

    /// Whether an entry matches the byte at `address`.
    fn matches(&self, entry: usize, address: u64) -> bool {
        let word = address / 4;
        let register = self.addr[entry];
        match self.a(entry) {
            0 => false,
            1 => word < register && (entry == 0 || self.addr[entry - 1] <= word),
            2 => word == register,
            _ => {
                let mut ignored = 0;
                while ignored < 54 && register >> ignored & 1 == 1 {
                    ignored += 1;
                }
                word >> (ignored + 1) == register >> (ignored + 1)
            }
        }
    }

    fn decider(&self, address: u64) -> Option<usize> {
        (0..16).find(|&entry| self.matches(entry, address))
    }

    fn check(
        &self,
        pa: u64,
        len: u64,
        access: Access,
        privilege: Privilege,
    ) -> Result<(), PmpDenied> {
        let bytes = pa..pa + len;
        let Some(entry) = bytes.clone().filter_map(|byte| self.decider(byte)).min() else {
            let machine = privilege == Privilege::Machine;
            return if machine {
                Ok(())
            } else {
                Err(PmpDenied { entry: None })
            };
        };
        let denied = Err(PmpDenied {
            entry: Some(entry as u8),
        });
        if !bytes.clone().all(|byte| self.matches(entry, byte)) {
            return denied;
        }
        if privilege == Privilege::Machine && !self.locked(entry) {
            return Ok(());
        }
        let needed = match access {
            Access::Load => 1,
            Access::Store => 2,
            Access::Fetch => 4,
        };
        if self.cfg[entry] & needed != 0 {
            Ok(())
        } else {
            denied
        }
    }

    /// The permissions of a page, if every word of it has the same decider.
    fn uniform(&self, page: u64, privilege: Privilege) -> Option<Perms> {
        let decider = self.decider(page);
        let same = (page..page + PAGE_SIZE)
            .step_by(4)
            .all(|word| self.decider(word) == decider);
        same.then(|| {
            let allowed = |access| self.check(page, 1, access, privilege).is_ok();
            Perms::from_bits(
                u8::from(allowed(Access::Load))
                    | u8::from(allowed(Access::Store)) << 1
                    | u8::from(allowed(Access::Fetch)) << 2,
            )
        })
    }
}

#[derive(Clone, Debug)]
enum Write {
    Cfg(usize, u64),
    Addr(usize, u64),
}

/// Where entries and accesses meet: the first 16 KiB, and the very end.
fn address() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => 0..0x4000_u64,
        2 => (0..5_u64).prop_map(|page| page * PAGE_SIZE),
        1 => (1..0x2000_u64).prop_map(|back| (1 << 56) - back),
    ]
}

fn write() -> impl Strategy<Value = Write> {
    // Locks are rare: they freeze the registers.
    let byte =
        (any::<u8>(), 0..12).prop_map(|(byte, lock)| if lock == 0 { byte } else { byte & 0x7f });
    let cfg = (select([0, 2, 2, 4].as_slice()), prop::array::uniform8(byte))
        .prop_map(|(register, bytes)| Write::Cfg(register, u64::from_le_bytes(bytes)));
    let value = prop_oneof![
        4 => address().prop_map(|address| address >> 2),
        4 => (address(), 0..14_u32).prop_map(|(address, ones)| address >> 2 | ((1 << ones) - 1)),
        1 => any::<u64>(),
        1 => (0..=54_u32).prop_map(|ones| (1 << ones) - 1),
    ];
    let addr = (0..17_usize, value).prop_map(|(entry, value)| Write::Addr(entry, value));
    prop_oneof![1 => cfg, 4 => addr]
}

#[test]
fn protection_is_the_model() {
    let given = std::env::var_os("PROPTEST_CASES").is_some();
    let config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    let cases = if given { config.cases } else { CASES };
    let config = Config { cases, ..config };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let access = (
        address(),
        1..=16_u64,
        select(&Access::ALL[..]),
        select([Privilege::User, Privilege::Supervisor, Privilege::Machine].as_slice()),
    );
    let strategy = (
        prop::collection::vec(write(), 1..40),
        prop::collection::vec(access, ACCESSES),
    );
    let [allowed, denied, uniform, mixed] = [const { Cell::new(0_u32) }; 4];
    let bump = |counter: &Cell<u32>| counter.set(counter.get() + 1);
    let outcome = TestRunner::new_with_rng(config, rng).run(&strategy, |(writes, accesses)| {
        let (mut pmp, mut model) = (Pmp::new(), Model::default());
        for write in &writes {
            let before = pmp.clone();
            let changed = match *write {
                Write::Cfg(register, value) => pmp.write_cfg(register, value),
                Write::Addr(entry, value) => pmp.write_addr(entry, value),
            };
            model.write(write);
            prop_assert_eq!(changed, pmp != before, "{:?}", write);
        }
        for entry in 0..16 {
            prop_assert_eq!(pmp.read_addr(entry), model.addr[entry]);
            prop_assert_eq!(
                pmp.read_cfg(entry / 8 * 2).to_le_bytes()[entry % 8],
                model.cfg[entry]
            );
        }
        for &(pa, len, access, privilege) in &accesses {
            let expected = model.check(pa, len, access, privilege);
            prop_assert_eq!(
                pmp.check(PhysAddr(pa), len, access, privilege),
                expected,
                "{} of {} bytes at {:#x} by {}",
                access,
                len,
                pa,
                privilege
            );
            bump(if expected.is_ok() { &allowed } else { &denied });
        }
        for &(pa, _, _, privilege) in accesses.iter().take(4) {
            let page = pa / PAGE_SIZE * PAGE_SIZE;
            let expected = model.uniform(page, privilege);
            prop_assert_eq!(pmp.uniform(PhysAddr(pa), privilege), expected);
            bump(if expected.is_some() { &uniform } else { &mixed });
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let counts = [&allowed, &denied, &uniform, &mixed].map(Cell::get);
    println!("{cases} register files; accesses allowed, denied; pages uniform, mixed: {counts:?}");
    if cases >= CASES {
        assert!(counts.iter().all(|&count| count > cases / 4), "{counts:?}");
    }
}
