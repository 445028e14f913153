//! Each reason, made to happen.

mod common;

use common::{PAGE_PA, Scene};
use pagewalk_mmu::{
    Access, Fault, FaultKind, Mode, PHYS_ADDR_BITS, PhysAddr, Privilege, Pte, Reason, VirtAddr,
};

/// Changes the scene that allows everything, and expects translation, dry run
/// and diagnosis to refuse it for `reason` and to leave memory as it is.
fn refused(reason: Reason, change: impl Fn(&mut Scene)) {
    let mut scene = Scene::new(Mode::Sv39);
    assert!(scene.translate().is_ok(), "the unchanged scene is allowed");
    change(&mut scene);
    let before = scene.mem.clone();

    let fault = scene.translate().expect_err("refused");
    assert_eq!(fault.reason, reason, "{fault}");
    assert_eq!(fault.kind, reason.kind());
    assert_eq!((fault.access, fault.va), (scene.access, scene.va));
    assert_eq!(scene.mem, before, "a fault leaves no trace");
    assert_eq!(scene.probe(), Err(fault));
    assert_eq!(scene.diagnose().result, Err(fault));
    assert_entry_is_told(&scene, &fault);
}

/// The fault names the entry that the walk last came to.
fn assert_entry_is_told(scene: &Scene, fault: &Fault) {
    let walk = scene.diagnose();
    let unreadable = [Reason::PmpDeniesPteRead, Reason::NoMemoryUnderPte];
    if unreadable.contains(&fault.reason) {
        assert!(fault.has_pte);
        assert_eq!(fault.pte, 0);
        assert_eq!(walk.steps.len(), 2 - usize::from(fault.level));
    } else if let Some(last) = walk.steps.last() {
        assert!(fault.has_pte);
        assert_eq!((fault.level, fault.pte_addr), (last.level, last.pte_addr));
        assert_eq!(fault.pte, last.pte.0);
    } else {
        assert!(!fault.has_pte);
    }
}

/// One test a reason: its name, the reason, and the change that breaks the
/// rule. The list of reasons is kept, so that none is forgotten.
macro_rules! reasons {
    ($($test:ident: $reason:ident, $change:expr;)*) => {
        $(
            #[test]
            fn $test() {
                refused(Reason::$reason, $change);
            }
        )*

        #[test]
        fn every_reason_has_a_test() {
            let tested = [$(Reason::$reason),*];
            for reason in Reason::ALL {
                assert!(tested.contains(reason), "{} has no test", reason.name());
            }
        }
    };
}

reasons! {
    upper_bits_must_be_a_sign_extension: NonCanonicalAddress, |s| {
        s.va = VirtAddr(s.va.0 | 1 << 39);
    };
    pmp_guards_the_read_of_a_root_entry: PmpDeniesPteRead, |s| {
        s.protect(s.pte_addr(2), 0b000);
    };
    pmp_guards_the_read_of_a_leaf_entry: PmpDeniesPteRead, |s| {
        s.protect(s.pte_addr(0), 0b100);
    };
    a_table_must_be_in_memory: NoMemoryUnderPte, |s| {
        s.set(1, Pte::new(PhysAddr(0x1000), Pte::V));
    };
    a_leaf_must_be_valid: InvalidPte, |s| s.remove(0, Pte::V);
    a_pointer_must_be_valid: InvalidPte, |s| s.remove(2, Pte::V);
    a_writable_page_must_be_readable: WriteWithoutRead, |s| s.remove(0, Pte::R);
    write_alone_is_no_pointer: WriteWithoutRead, |s| s.add(2, Pte::W);
    bits_60_to_54_are_reserved_in_a_leaf: ReservedBits, |s| s.add(0, 1 << 60);
    bits_60_to_54_are_reserved_in_a_pointer: ReservedBits, |s| s.add(1, 1 << 54);
    n_needs_svnapot: NapotWithoutSvnapot, |s| {
        s.cx.svnapot = false;
        s.set(0, Pte::new(PhysAddr(0x8123_8000), common::PAGE | Pte::N));
    };
    pbmt_needs_pbmte: PbmtWithoutPbmte, |s| {
        s.cx.pbmte = false;
        s.add(0, 1 << 61);
    };
    a_pointer_has_no_accessed_bit: PointerWithAdu, |s| s.add(1, Pte::A);
    a_pointer_has_no_dirty_bit: PointerWithAdu, |s| s.add(2, Pte::D);
    a_pointer_has_no_user_bit: PointerWithAdu, |s| s.add(2, Pte::U);
    a_pointer_is_not_napot: PointerWithNapot, |s| s.add(1, Pte::N);
    a_pointer_has_no_memory_type: PointerWithPbmt, |s| s.add(1, 2 << 61);
    memory_type_3_is_reserved: PbmtReserved, |s| s.add(0, 3 << 61);
    a_superpage_is_not_napot: NapotSuperpage, |s| {
        s.set(1, Pte::new(PhysAddr(0x8120_8000), common::PAGE | Pte::N));
    };
    a_napot_page_has_64_kib: NapotReservedSize, |s| {
        s.set(0, Pte::new(PhysAddr(0x8123_4000), common::PAGE | Pte::N));
    };
    a_napot_page_number_of_zero_is_reserved: NapotReservedSize, |s| {
        s.set(0, Pte::new(PhysAddr(0), common::PAGE | Pte::N));
    };
    the_last_level_has_no_pointers: PointerAtLastLevel, |s| {
        s.set(0, Pte::new(PhysAddr(PAGE_PA), Pte::V));
    };
    a_2_mib_page_must_be_aligned: MisalignedSuperpage, |s| {
        s.set(1, Pte::new(PhysAddr(0x8120_1000), common::PAGE));
    };
    a_1_gib_page_must_be_aligned: MisalignedSuperpage, |s| {
        s.set(2, Pte::new(PhysAddr(0x8020_0000), common::PAGE));
    };
    u_mode_may_not_touch_a_page_of_the_supervisor: SupervisorPageFromUser, |s| {
        s.cx.privilege = Privilege::User;
    };
    s_mode_may_never_execute_a_user_page: SupervisorFetchOfUserPage, |s| {
        s.cx.sum = true;
        s.access = Access::Fetch;
        s.add(0, Pte::U);
    };
    s_mode_may_touch_a_user_page_only_with_sum: UserPageWithoutSum, |s| s.add(0, Pte::U);
    a_load_needs_r: NotReadable, |s| s.remove(0, Pte::R | Pte::W);
    a_store_needs_w: NotWritable, |s| {
        s.access = Access::Store;
        s.remove(0, Pte::W);
    };
    a_fetch_needs_x: NotExecutable, |s| {
        s.access = Access::Fetch;
        s.cx.mxr = true;
        s.remove(0, Pte::X);
    };
    svade_wants_a_set: NotAccessed, |s| s.remove(0, Pte::A);
    svade_wants_d_set_for_a_store: NotDirty, |s| {
        s.access = Access::Store;
        s.remove(0, Pte::D);
    };
    pmp_guards_the_write_of_a_and_d: PmpDeniesAdWrite, |s| {
        s.cx.hardware_ad = true;
        s.remove(0, Pte::A);
        s.protect(s.pte_addr(0), 0b001);
    };
    untranslated_addresses_have_56_bits: BeyondPhysicalAddressSpace, |s| {
        s.cx.mode = Mode::Bare;
        s.va = VirtAddr(1 << PHYS_ADDR_BITS);
    };
    machine_addresses_have_56_bits: BeyondPhysicalAddressSpace, |s| {
        s.cx.privilege = Privilege::Machine;
        s.va = VirtAddr(u64::MAX - 7);
    };
    pmp_guards_the_page: PmpDenies, |s| {
        s.protect(PhysAddr(PAGE_PA + 0x890), 0b110);
    };
    pmp_guards_untranslated_accesses: PmpDenies, |s| {
        s.cx.mode = Mode::Bare;
        s.protect(PhysAddr(s.va.0), 0b000);
    };
    memory_attributes_guard_the_page: NoMemoryAtLeaf, |s| {
        s.mem.leaf_refusal = Some(Reason::NoMemoryAtLeaf);
    };
    memory_attributes_guard_fetches: FetchFromDevice, |s| {
        s.access = Access::Fetch;
        s.mem.leaf_refusal = Some(Reason::FetchFromDevice);
    };
    memory_attributes_guard_atomics: AtomicToDevice, |s| {
        s.access = Access::Store;
        s.mem.leaf_refusal = Some(Reason::AtomicToDevice);
    };
    memory_attributes_guard_alignment: MisalignedDevice, |s| {
        s.mem.leaf_refusal = Some(Reason::MisalignedDevice);
    };
    devices_may_refuse: DeviceRefused, |s| {
        s.cx.mode = Mode::Bare;
        s.mem.leaf_refusal = Some(Reason::DeviceRefused);
    };
    a_and_d_are_set_in_memory_only: NoMemoryUnderAdWrite, |s| {
        s.cx.hardware_ad = true;
        s.remove(0, Pte::A);
        s.mem.read_only.insert(s.table(0).0);
    };
}

#[test]
fn a_fault_has_the_cause_of_the_original_access() {
    let causes = [
        (FaultKind::Access, Access::Fetch, 1),
        (FaultKind::Access, Access::Load, 5),
        (FaultKind::Access, Access::Store, 7),
        (FaultKind::Page, Access::Fetch, 12),
        (FaultKind::Page, Access::Load, 13),
        (FaultKind::Page, Access::Store, 15),
    ];
    for (kind, access, cause) in causes {
        let mut scene = Scene::new(Mode::Sv48);
        scene.access = access;
        match kind {
            FaultKind::Page => scene.remove(3, Pte::V),
            FaultKind::Access => scene.protect(scene.pte_addr(3), 0),
        }
        let fault = scene.translate().expect_err("refused");
        assert_eq!(
            (fault.kind, u64::from(fault.cause().number())),
            (kind, cause)
        );
    }
}

#[test]
fn a_fault_explains_itself() {
    let mut scene = Scene::new(Mode::Sv39);
    scene.access = Access::Store;
    scene.remove(0, Pte::W | Pte::D);
    let mut fault = scene.translate().expect_err("refused");
    assert_eq!(
        fault.to_string(),
        "store page fault at 0x1234567890: the page is not writable (W=0); \
         level-0 entry at 0x80002b38 is 0x2048d04b (-A--X-RV ppn=0x81234)"
    );
    fault.mprv = true;
    fault.second_page = true;
    assert!(fault.to_string().ends_with(
        "; in the second page of an access that crosses pages\
         ; with the privilege in mstatus.MPP (MPRV=1)"
    ));
}
