//! What a successful translation says and does, and the order of the rules.

mod common;

use common::{PAGE, PAGE_PA, Scene};
use pagewalk_mmu::{
    Access, Context, Mode, Pbmt, Perms, PhysAddr, Pmp, Privilege, Pte, Reason, VirtAddr,
};

const PAGED: [Mode; 3] = [Mode::Sv39, Mode::Sv48, Mode::Sv57];

#[test]
fn each_mode_finds_a_base_page() {
    for mode in PAGED {
        let mut scene = Scene::new(mode);
        let found = scene.translate().expect("allowed");
        assert_eq!(found.pa, PhysAddr(PAGE_PA + 0x890));
        assert_eq!((found.page_shift, found.level), (12, 0));
        assert_eq!(found.perms, Perms::RWX);
        assert_eq!(found.pte_addr, scene.pte_addr(0));
        assert_eq!(found.pte, scene.get(0).0);
        assert!(!found.global);
    }
}

#[test]
fn a_superpage_keeps_the_low_bits_of_the_address() {
    for mode in PAGED {
        for level in 1..mode.levels() {
            let mut scene = Scene::new(mode);
            let shift = 12 + 9 * level;
            // All offset bits set, and the sign bit clear in every mode.
            scene.va = VirtAddr(((1 << (mode.va_bits() - 1)) - 1) & !7);
            for pointer in level + 1..mode.levels() {
                scene.set(pointer, Pte::new(scene.table(pointer - 1), Pte::V));
            }
            let base = if shift < 48 { 1_u64 << 52 } else { 3 << 48 };
            scene.set(level, Pte::new(PhysAddr(base), PAGE));
            let found = scene.translate().expect("allowed");
            assert_eq!((found.page_shift, found.level), (shift, level), "{mode}");
            assert_eq!(found.pa.0, base | scene.va.0 & ((1 << shift) - 1));
        }
    }
}

#[test]
fn a_napot_page_takes_16_pages_of_the_address() {
    for page in 0..16 {
        let mut scene = Scene::new(Mode::Sv39);
        scene.va = VirtAddr(0x12_3456_0010 + page * 0x1000);
        for level in 1..3 {
            scene.set(level, Pte::new(scene.table(level - 1), Pte::V));
        }
        scene.set(0, Pte::new(PhysAddr(0x8765_8000), PAGE | Pte::N));
        let found = scene.translate().expect("allowed");
        assert_eq!(found.pa, PhysAddr(0x8765_0010 + page * 0x1000));
        assert_eq!((found.page_shift, found.level), (16, 0));
    }
}

#[test]
fn without_translation_the_address_stays() {
    for privilege in [Privilege::User, Privilege::Supervisor] {
        let mut scene = Scene::new(Mode::Sv39);
        scene.cx = Context::bare(privilege);
        scene.va = VirtAddr((1 << 56) - 8);
        assert_eq!(scene.translate().expect("allowed").pa, PhysAddr(scene.va.0));
    }
    let mut scene = Scene::new(Mode::Sv57);
    scene.cx.privilege = Privilege::Machine;
    scene.pmp = Pmp::new();
    let found = scene.translate().expect("M-mode is not translated");
    assert_eq!((found.pa.0, found.perms), (scene.va.0, Perms::RWX));
}

#[test]
fn high_halves_are_canonical() {
    for mode in PAGED {
        let top = VirtAddr(u64::MAX << (mode.va_bits() - 1));
        assert!(mode.is_canonical(top));
        assert!(!mode.is_canonical(VirtAddr(top.0 - 1)));
        assert!(mode.is_canonical(VirtAddr(!top.0)));
        assert!(!mode.is_canonical(VirtAddr(!top.0 + 1)));
        assert!(mode.is_canonical(VirtAddr(u64::MAX)));
    }
    assert!(Mode::Bare.is_canonical(VirtAddr(1 << 63)));
}

#[test]
fn a_global_pointer_makes_its_pages_global() {
    for level in 0..3 {
        let mut scene = Scene::new(Mode::Sv39);
        scene.add(level, Pte::G);
        assert!(
            scene.translate().expect("allowed").global,
            "G at level {level}"
        );
    }
}

#[test]
fn permissions_are_those_without_another_walk() {
    let perms = |bits: u64, change: fn(&mut Scene)| {
        let mut scene = Scene::new(Mode::Sv39);
        scene.set(0, Pte::new(PhysAddr(PAGE_PA), Pte::V | Pte::A | bits));
        change(&mut scene);
        scene.translate().expect("allowed").perms.to_string()
    };
    assert_eq!(perms(Pte::R | Pte::W | Pte::X | Pte::D, |_| ()), "rwx");
    assert_eq!(perms(Pte::R | Pte::W, |_| ()), "r--", "D is clear");
    assert_eq!(perms(Pte::X, |s| s.cx.mxr = true), "r-x", "MXR");
    assert_eq!(perms(Pte::X, |s| s.access = Access::Fetch), "--x");
    let user = Pte::U | Pte::R | Pte::W | Pte::X | Pte::D;
    assert_eq!(perms(user, |s| s.cx.privilege = Privilege::User), "rwx");
    assert_eq!(
        perms(user, |s| s.cx.sum = true),
        "rw-",
        "S-mode never executes it"
    );
}

#[test]
fn pbmt_is_told() {
    for (bits, pbmt) in [
        (0, Pbmt::Pma),
        (1 << 61, Pbmt::NonCacheable),
        (2 << 61, Pbmt::Io),
    ] {
        let mut scene = Scene::new(Mode::Sv39);
        scene.add(0, bits);
        assert_eq!(scene.translate().expect("allowed").pbmt, pbmt);
    }
}

#[test]
fn svadu_sets_a_for_all_and_d_for_stores_only() {
    for (access, set) in [
        (Access::Fetch, Pte::A),
        (Access::Load, Pte::A),
        (Access::Store, Pte::A | Pte::D),
    ] {
        let mut scene = Scene::new(Mode::Sv39);
        scene.cx.hardware_ad = true;
        scene.access = access;
        scene.remove(0, Pte::A | Pte::D);
        let before = scene.get(0);

        assert_eq!(scene.probe(), Ok(PhysAddr(PAGE_PA + 0x890)));
        let update = scene.diagnose().ad_update.expect("A is clear");
        assert_eq!(scene.get(0), before, "neither writes");

        let found = scene.translate().expect("allowed");
        assert_eq!(scene.get(0).0, before.0 | set);
        assert_eq!(found.pte, before.0 | set);
        assert_eq!(found.perms.allow(Access::Store), access == Access::Store);
        assert_eq!((update.before, update.after), (before, scene.get(0)));
        assert_eq!(scene.diagnose().ad_update, None, "once is enough");
    }
}

#[test]
fn a_store_that_fails_leaves_the_page_clean() {
    let clean = |change: fn(&mut Scene)| {
        let mut scene = Scene::new(Mode::Sv39);
        scene.cx.hardware_ad = true;
        scene.access = Access::Store;
        scene.remove(0, Pte::A | Pte::D);
        change(&mut scene);
        let before = scene.get(0);
        let fault = scene.translate().expect_err("refused");
        assert_eq!(scene.get(0), before);
        fault.reason
    };
    assert_eq!(
        clean(|s| s.protect(PhysAddr(PAGE_PA + 0x890), 0b001)),
        Reason::PmpDenies
    );
    assert_eq!(
        clean(|s| s.mem.leaf_refusal = Some(Reason::NoMemoryAtLeaf)),
        Reason::NoMemoryAtLeaf
    );
}

#[test]
fn an_entry_that_changes_under_the_walk_is_read_again() {
    // Another hart makes the page read-only: the store faults after all.
    let mut scene = Scene::new(Mode::Sv39);
    scene.cx.hardware_ad = true;
    scene.access = Access::Store;
    scene.remove(0, Pte::A | Pte::D);
    scene.mem.interference = Some(scene.get(0).0 & !Pte::W);
    let fault = scene.translate().expect_err("no longer writable");
    assert_eq!(fault.reason, Reason::NotWritable);
    assert!(!scene.get(0).has(Pte::A | Pte::D));

    // Another hart sets A: D is added to its value.
    let mut scene = Scene::new(Mode::Sv39);
    scene.cx.hardware_ad = true;
    scene.access = Access::Store;
    scene.remove(0, Pte::A | Pte::D);
    scene.mem.interference = Some(scene.get(0).0 | Pte::A | Pte::G);
    let found = scene.translate().expect("still allowed");
    assert!(found.global);
    assert_eq!(scene.get(0).0 & (PAGE | Pte::G), PAGE | Pte::G);

    // Another hart makes a pointer of it, at the last level.
    let mut scene = Scene::new(Mode::Sv39);
    scene.cx.hardware_ad = true;
    scene.remove(0, Pte::A);
    scene.mem.interference = Some(Pte::V);
    let fault = scene.translate().expect_err("no leaf");
    assert_eq!(fault.reason, Reason::PointerAtLastLevel);
}

/// Where several rules forbid an access, the first in the order of the steps
/// is named, and decides between page fault and access fault.
#[test]
fn the_first_rule_in_the_order_of_the_steps_is_named() {
    type Breaker = fn(&mut Scene);
    let breakers: [(Reason, Breaker); 9] = [
        (Reason::InvalidPte, |s| s.remove(1, Pte::V)),
        (Reason::ReservedBits, |s| s.add(1, 1 << 57)),
        (Reason::PbmtReserved, |s| s.add(1, 3 << 61)),
        (Reason::NapotSuperpage, |s| s.add(1, Pte::N)),
        (Reason::MisalignedSuperpage, |s| s.add(1, 1 << 10)),
        (Reason::UserPageWithoutSum, |s| s.add(1, Pte::U)),
        (Reason::NotWritable, |s| s.remove(1, Pte::W)),
        (Reason::NotAccessed, |s| s.remove(1, Pte::A)),
        (Reason::PmpDenies, |s| s.protect(PhysAddr(0x4016_7890), 0)),
    ];
    for first in 0..breakers.len() {
        let mut scene = Scene::new(Mode::Sv39);
        scene.access = Access::Store;
        scene.set(1, Pte::new(PhysAddr(0x4000_0000), PAGE));
        assert_eq!(
            scene.translate().expect("allowed").pa,
            PhysAddr(0x4016_7890)
        );
        for (_, breaker) in &breakers[first..] {
            breaker(&mut scene);
        }
        let fault = scene.translate().expect_err("refused");
        assert_eq!(fault.reason, breakers[first].0);
    }
}

#[test]
fn the_walk_reads_with_the_privilege_of_s_mode() {
    // A user access: PMP lets S and U read the tables, and nothing else.
    let mut scene = Scene::new(Mode::Sv39);
    scene.cx.privilege = Privilege::User;
    scene.add(0, Pte::U);
    scene.access = Access::Fetch;
    scene.protect(scene.pte_addr(1), 0b001);
    assert!(
        scene.translate().is_ok(),
        "a fetch needs no X on the tables"
    );
    scene.protect(scene.pte_addr(1), 0b100);
    assert_eq!(
        scene.translate().expect_err("refused").reason,
        Reason::PmpDeniesPteRead
    );
}

#[test]
fn pmp_must_allow_every_byte() {
    let mut scene = Scene::new(Mode::Sv39);
    scene.protect(PhysAddr(PAGE_PA + 0x890), 0b000);
    scene.va = VirtAddr(scene.va.0 - 7);
    for (len, allowed) in [(1, true), (7, true), (8, false), (16, false)] {
        scene.len = len;
        assert_eq!(scene.translate().is_ok(), allowed, "{len} bytes");
    }
}

#[test]
fn satp_makes_a_context_and_back() {
    let cx = Context::bare(Privilege::User);
    for (field, mode) in [
        (0, Mode::Bare),
        (8, Mode::Sv39),
        (9, Mode::Sv48),
        (10, Mode::Sv57),
    ] {
        let satp = field << 60 | 0xabcd << 44 | 0xfff_1234_5678;
        let cx = cx.with_satp(satp).expect("a mode");
        assert_eq!(cx.mode, mode);
        assert_eq!((cx.asid, cx.root), (0xabcd, PhysAddr(0xff_f123_4567_8000)));
        assert_eq!(cx.satp(), satp);
        assert_eq!(mode.satp_bits(), field);
    }
    for reserved in [1, 7, 11, 15] {
        assert_eq!(cx.with_satp(reserved << 60), None);
    }
}

#[test]
fn a_diagnosis_reads_like_a_walk() {
    let mut scene = Scene::new(Mode::Sv39);
    scene.cx.hardware_ad = true;
    scene.remove(0, Pte::A | Pte::D);
    scene.add(1, Pte::G);
    assert_eq!(
        scene.diagnose().to_string(),
        "load of 8 bytes at 0x1234567890 in S-mode, Sv39, root 0x80000000, asid 1, SUM=0 MXR=0\n  \
         level 2: entry 72 at 0x80000240 is 0x0000000020000401 -------V ppn=0x80001 -> table at 0x80001000\n  \
         level 1: entry 418 at 0x80001d10 is 0x0000000020000821 --G----V ppn=0x80002 -> table at 0x80002000\n  \
         level 0: entry 359 at 0x80002b38 is 0x000000002048d00f ----XWRV ppn=0x81234\n  \
         sets A/D: entry at 0x80002b38 becomes -A--XWRV ppn=0x81234\n\
         physical address 0x81234890 (4 KiB page, r-x, global)"
    );
    scene.cx.mode = Mode::Bare;
    assert_eq!(
        scene.diagnose().to_string(),
        "load of 8 bytes at 0x1234567890 in S-mode, not translated\n\
         physical address 0x1234567890 (4 KiB page, rwx)"
    );
}
