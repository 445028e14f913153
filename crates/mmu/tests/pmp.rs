//! Physical memory protection: facts of the specification, and random
//! registers against a model that asks byte by byte.

#[path = "pmp/model.rs"]
mod model;

use pagewalk_mmu::{Access, Perms, PhysAddr, Pmp, PmpDenied, Privilege};

const R: u64 = 1;
const W: u64 = 2;
const X: u64 = 4;
const TOR: u64 = 1 << 3;
const NA4: u64 = 2 << 3;
const NAPOT: u64 = 3 << 3;
const L: u64 = 1 << 7;

const USER: Privilege = Privilege::User;
const SUPERVISOR: Privilege = Privilege::Supervisor;
const MACHINE: Privilege = Privilege::Machine;

fn load(pmp: &Pmp, pa: u64, len: u64, privilege: Privilege) -> Result<(), PmpDenied> {
    pmp.check(PhysAddr(pa), len, Access::Load, privilege)
}

fn by(entry: u8) -> Result<(), PmpDenied> {
    Err(PmpDenied { entry: Some(entry) })
}

#[test]
fn with_all_entries_off_only_m_mode_has_memory() {
    let pmp = Pmp::new();
    assert!(pmp.is_trivial());
    assert_eq!(load(&pmp, 0x8000_0000, 8, MACHINE), Ok(()));
    assert_eq!(
        load(&pmp, 0x8000_0000, 8, SUPERVISOR),
        Err(PmpDenied { entry: None })
    );
    assert_eq!(
        load(&pmp, 0x8000_0000, 8, USER),
        Err(PmpDenied { entry: None })
    );
    assert_eq!(pmp.uniform(PhysAddr(0), MACHINE), Some(Perms::RWX));
    assert_eq!(pmp.uniform(PhysAddr(0), USER), Some(Perms::NONE));
}

#[test]
fn napot_of_all_ones_covers_everything() {
    let pmp = Pmp::open();
    assert!(!pmp.is_trivial());
    for pa in [0, 0x8000_0000, (1 << 56) - 8] {
        assert_eq!(load(&pmp, pa, 8, USER), Ok(()));
    }
    assert_eq!(
        pmp.uniform(PhysAddr((1 << 56) - 4096), USER),
        Some(Perms::RWX)
    );
}

#[test]
fn tor_begins_at_the_register_below_even_if_that_entry_is_off() {
    let mut pmp = Pmp::new();
    pmp.write_addr(2, 0x1004 >> 2);
    pmp.write_addr(3, 0x2008 >> 2);
    pmp.write_cfg(0, (TOR | R) << 24);
    assert!(load(&pmp, 0x1000, 4, USER).is_err());
    assert_eq!(load(&pmp, 0x1004, 4, USER), Ok(()));
    assert_eq!(load(&pmp, 0x2004, 4, USER), Ok(()));
    assert!(load(&pmp, 0x2008, 4, USER).is_err());
}

#[test]
fn tor_of_entry_0_begins_at_0_and_an_empty_range_matches_nothing() {
    let mut pmp = Pmp::new();
    pmp.write_addr(0, 0x1000 >> 2);
    pmp.write_cfg(0, TOR | R);
    assert_eq!(load(&pmp, 0, 8, USER), Ok(()));
    pmp.write_addr(1, 0x1000 >> 2);
    pmp.write_cfg(0, (TOR | R) << 8);
    assert!(
        pmp.is_trivial(),
        "from 0x1000 up to 0x1000 there is no byte"
    );
}

#[test]
fn the_lowest_numbered_entry_decides_and_must_match_all_bytes() {
    let mut pmp = Pmp::new();
    pmp.write_addr(0, 0xc >> 2);
    pmp.write_addr(1, u64::MAX);
    pmp.write_cfg(0, (NAPOT | R | W | X) << 8 | NA4 | R);
    assert_eq!(load(&pmp, 0xc, 4, USER), Ok(()));
    assert_eq!(
        load(&pmp, 0x8, 8, USER),
        by(0),
        "the example of the specification"
    );
    assert_eq!(
        load(&pmp, 0x8, 8, MACHINE),
        by(0),
        "irrespective of L, R, W and X"
    );
    assert_eq!(load(&pmp, 0x8, 4, USER), Ok(()));
    assert_eq!(pmp.check(PhysAddr(0xc), 4, Access::Store, USER), by(0));
    assert_eq!(pmp.check(PhysAddr(0xc), 4, Access::Store, MACHINE), Ok(()));
    assert_eq!(
        pmp.uniform(PhysAddr(0), MACHINE),
        None,
        "two rules in one page"
    );
    assert_eq!(pmp.uniform(PhysAddr(0x1000), USER), Some(Perms::RWX));
}

#[test]
fn a_locked_entry_binds_m_mode_and_cannot_be_changed() {
    let mut pmp = Pmp::new();
    pmp.write_addr(1, 0x1fff >> 2);
    assert!(pmp.write_cfg(0, (L | NAPOT | R) << 8));
    assert_eq!(
        pmp.check(PhysAddr(0x1000), 4, Access::Store, MACHINE),
        by(1)
    );
    assert!(!pmp.write_cfg(0, 0), "the lock holds");
    assert!(!pmp.write_addr(1, 0));
    assert_eq!(pmp.read_cfg(0), (L | NAPOT | R) << 8);
    assert_eq!(pmp.read_addr(1), 0x1fff >> 2);
    assert!(pmp.write_addr(0, 1), "only TOR locks the register below");
}

#[test]
fn a_locked_top_of_range_locks_its_bottom_too() {
    let mut pmp = Pmp::new();
    pmp.write_addr(8, 0x400);
    pmp.write_addr(9, 0x800);
    pmp.write_cfg(2, (L | TOR) << 8);
    assert!(!pmp.write_addr(8, 0x500));
    assert_eq!(pmp.read_addr(8), 0x400);
    assert!(
        pmp.write_cfg(2, NA4 | R),
        "the configuration of the bottom stays free"
    );
}

#[test]
fn a_lock_holds_for_an_entry_that_is_off() {
    let mut pmp = Pmp::new();
    pmp.write_cfg(0, L);
    assert!(!pmp.write_cfg(0, L | NAPOT | R));
    assert!(!pmp.write_addr(0, 1));
}

#[test]
fn registers_hold_legal_values_only() {
    let mut pmp = Pmp::new();
    pmp.write_cfg(0, 0x60 | W | X);
    assert_eq!(
        pmp.read_cfg(0),
        X,
        "bits 6:5 are zero, W without R is reserved"
    );
    pmp.write_addr(15, u64::MAX);
    assert_eq!(pmp.read_addr(15), (1 << 54) - 1);
    assert!(!pmp.write_addr(16, 1));
    assert_eq!(pmp.read_addr(16), 0);
    assert!(!pmp.write_cfg(4, u64::MAX));
    assert_eq!(pmp.read_cfg(4), 0);
    assert!(!pmp.write_cfg(14, u64::MAX));
    assert_eq!(pmp.read_cfg(14), 0);
    pmp.write_cfg(2, u64::MAX);
    assert_eq!(pmp.read_cfg(2), 0x9f9f_9f9f_9f9f_9f9f);
}

#[test]
#[should_panic(expected = "pmpcfg1 does not exist on RV64")]
fn odd_configuration_registers_are_not_there() {
    Pmp::new().read_cfg(1);
}
