//! The TLB against a naive model: all translations that were entered, and which of
//! them no flush has named since.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::{Pbmt, Perms, Privilege};

fn context(asid: u16, privilege: Privilege, sum: bool) -> Context {
    let satp = 8 << 60 | u64::from(asid) << 44 | (u64::from(asid) + 1);
    let context = Context {
        sum,
        ..Context::bare(privilege)
    };
    context.with_satp(satp).expect("Sv39")
}

fn supervisor(asid: u16) -> Context {
    context(asid, Privilege::Supervisor, false)
}

fn select(tlb: &mut Tlb, context: Context) {
    tlb.select(context, context);
}

/// Remembers that the page of `va` is at `pa`.
fn enter(tlb: &mut Tlb, va: u64, pa: u64, page_shift: u8, global: bool) {
    let translation = Translation {
        pa: PhysAddr(pa),
        page_shift,
        global,
        perms: Perms::RWX,
        pbmt: Pbmt::Pma,
        level: 0,
        pte: 0,
        pte_addr: PhysAddr(0),
    };
    let what = Remembered {
        page: PhysAddr(pa).page(),
        perms: Perms::RWX,
    };
    tlb.remember(VirtAddr(va), Access::Load, &translation, what);
    tlb.fill_fetch(VirtAddr(va), PhysAddr(pa));
}

fn recall(tlb: &Tlb, va: u64) -> Option<u64> {
    let found = tlb.recall(VirtAddr(va), Access::Load)?;
    Some(found.page.0)
}

const KERNEL: u64 = 0xffff_ffc0_0000_0000;
const PAGE: u64 = 0x8020_0000;

#[test]
fn global_pages_are_those_of_all_address_spaces() {
    let mut tlb = Tlb::new(supervisor(1), supervisor(1));
    enter(&mut tlb, KERNEL, PAGE, 12, true);
    enter(&mut tlb, 0x1000, PAGE + 0x1000, 12, false);
    select(&mut tlb, supervisor(2));
    assert_eq!(recall(&tlb, KERNEL), Some(PAGE));
    assert_eq!(recall(&tlb, 0x1000), None);
    tlb.flush_asid(1);
    tlb.flush_asid(2);
    assert_eq!(recall(&tlb, KERNEL), Some(PAGE));
    select(&mut tlb, context(2, Privilege::User, false));
    assert_eq!(recall(&tlb, KERNEL), None, "no other privilege");
    select(&mut tlb, supervisor(1));
    assert_eq!(recall(&tlb, 0x1000), None, "flushed");
    tlb.flush_all();
    assert_eq!(recall(&tlb, KERNEL), None);
}

#[test]
fn pages_at_distances_of_powers_of_two_have_room_beside_each_other() {
    let mut tlb = Tlb::new(supervisor(1), supervisor(1));
    for shift in 22..36 {
        let pages: Vec<u64> = (0..8).map(|number| 0x1000 + (number << shift)).collect();
        for &va in &pages {
            enter(&mut tlb, va, PAGE + va, 12, false);
        }
        let known = pages.iter().filter(|&&va| recall(&tlb, va).is_some());
        assert!(known.count() >= 4, "2^{shift} apart");
    }
}

#[test]
fn a_second_walk_takes_the_place_of_the_first() {
    let mut tlb = Tlb::new(supervisor(1), supervisor(1));
    enter(&mut tlb, 0x5000, PAGE, 12, false);
    enter(&mut tlb, 0x5000, PAGE + 0x3000, 12, false);
    assert_eq!(recall(&tlb, 0x5000), Some(PAGE + 0x3000));
    tlb.flush_page(VirtAddr(0x5000));
    assert_eq!(recall(&tlb, 0x5000), None);
}

#[test]
fn the_flush_of_a_page_reaches_all_slices_of_a_superpage_and_no_other_half() {
    let mut tlb = Tlb::new(supervisor(1), supervisor(1));
    enter(&mut tlb, KERNEL + 0x1000, PAGE + 0x1000, 21, false);
    enter(&mut tlb, 0x1000, PAGE, 12, false);
    tlb.flush_page(VirtAddr(0x9000));
    assert!(recall(&tlb, KERNEL + 0x1000).is_some() && recall(&tlb, 0x1000).is_some());
    tlb.flush_page(VirtAddr(KERNEL + 0x1f_f000));
    assert_eq!(recall(&tlb, KERNEL + 0x1000), None);
}

#[test]
fn many_contexts_use_up_the_keys_and_nothing_else() {
    let mut tlb = Tlb::new(supervisor(0), supervisor(0));
    enter(&mut tlb, KERNEL, PAGE, 12, true);
    for asid in 0..1000 {
        select(&mut tlb, supervisor(asid));
        assert_eq!(tlb.fetch(0x1000), None, "of another context");
        enter(&mut tlb, 0x1000, PAGE + u64::from(asid) * 0x1000, 12, false);
        assert_eq!(recall(&tlb, KERNEL), Some(PAGE));
    }
}

#[derive(Clone, Debug)]
enum Action {
    Select(Context),
    Enter { va: u64, global: bool, shift: u8 },
    FlushAll,
    FlushAsid(u16),
    FlushPage(u64),
}

fn page() -> impl Strategy<Value = u64> {
    prop_oneof![0..64u64, (0..64u64).prop_map(|page| page << 11)].prop_map(|page| page << 12)
}

fn action() -> impl Strategy<Value = Action> {
    let contexts = (1..5u16, any::<bool>(), any::<bool>()).prop_map(|(asid, user, sum)| {
        let privilege = [Privilege::Supervisor, Privilege::User][usize::from(user)];
        Action::Select(context(asid, privilege, sum))
    });
    let enter = (
        page(),
        any::<bool>(),
        prop_oneof![9 => Just(12u8), 1 => Just(16), 1 => Just(21)],
    );
    prop_oneof![
        4 => contexts,
        12 => enter.prop_map(|(va, global, shift)| Action::Enter { va, global, shift }),
        1 => Just(Action::FlushAll),
        1 => (1..5u16).prop_map(Action::FlushAsid),
        2 => page().prop_map(Action::FlushPage),
    ]
}

/// What the model knows of one translation.
#[derive(Clone, Copy)]
struct Known {
    context: Context,
    global: bool,
    va: u64,
    shift: u8,
}

impl Known {
    fn is_good_in(&self, other: &Context) -> bool {
        let common = |context: &Context| Context {
            root: PhysAddr(0),
            asid: 0,
            ..*context
        };
        self.context == *other || self.global && common(&self.context) == common(other)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_remembered_that_a_flush_has_named(actions in prop::collection::vec(action(), 1..200)) {
        let mut current = supervisor(1);
        let mut tlb = Tlb::new(current, current);
        // Each translation leads to a page of its own, which tells it from all others.
        let mut good: HashMap<u64, Known> = HashMap::new();
        let mut next = 0x10_0000;
        for action in actions {
            match action {
                Action::Select(context) => {
                    current = context;
                    select(&mut tlb, context);
                }
                Action::Enter { va, global, shift } => {
                    next += PAGE_SIZE;
                    enter(&mut tlb, va, next, shift, global);
                    good.insert(next, Known { context: current, global, va, shift });
                    prop_assert_eq!(recall(&tlb, va), Some(next));
                    prop_assert_eq!(tlb.fetch(va), Some(PhysAddr(next)));
                }
                Action::FlushAll => {
                    tlb.flush_all();
                    good.clear();
                }
                Action::FlushAsid(asid) => {
                    tlb.flush_asid(asid);
                    good.retain(|_, known| known.global || known.context.asid != asid);
                }
                Action::FlushPage(va) => {
                    tlb.flush_page(VirtAddr(va));
                    good.retain(|_, known| known.va >> known.shift != va >> known.shift);
                }
            }
            for page in 0..64u64 {
                for va in [page << 12, page << 23] {
                    let found = [recall(&tlb, va), tlb.fetch(va).map(|pa| pa.0)];
                    for pa in found.into_iter().flatten() {
                        let known = good.get(&pa);
                        prop_assert!(known.is_some_and(|known| known.va == va && known.is_good_in(&current)),
                            "{:#x} leads to {:#x}", va, pa);
                    }
                }
            }
        }
    }
}
