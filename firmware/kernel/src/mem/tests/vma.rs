use alloc::collections::BTreeMap;

use crate::mem::vma::Vmas;
use crate::mem::{Backing, Kind, ObjectId, Page, Pages, Prot, USER_END, Vma};

fn area(pages: Pages, prot: Prot, backing: Backing) -> Vma {
    let (start, end) = (pages.start, pages.end);
    Vma {
        start,
        end,
        prot,
        backing,
        shared: false,
        read_only: false,
        locked: false,
        kind: Kind::Plain,
        moved: 0,
    }
}

/// What the list says about each page of a small space.
fn by_page(vmas: &Vmas) -> BTreeMap<u64, (Prot, Backing)> {
    let all = vmas.all().iter();
    let pages = all.flat_map(|vma| (vma.start.0..vma.end.0).map(move |page| (page, vma)));
    pages
        .map(|(page, vma)| (page, (vma.prot, vma.behind(Page(page)))))
        .collect()
}

/// A generator good enough to shuffle with.
fn next(state: &mut u64, below: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    (*state >> 33) % below
}

#[test]
fn a_list_of_areas_agrees_with_a_map_of_pages() {
    let mut state = 1;
    let (mut vmas, mut model) = (Vmas::default(), BTreeMap::new());
    for step in 0..20_000 {
        let start = 1 + next(&mut state, 60);
        let pages = Page(start)..Page(start + 1 + next(&mut state, 12));
        let prot = [Prot::READ, Prot::READ_WRITE][next(&mut state, 2) as usize];
        let inside = |page: &u64| pages.contains(&Page(*page));
        match next(&mut state, 3) {
            0 => {
                let object = ObjectId(next(&mut state, 2) as u32);
                let backing = match next(&mut state, 2) {
                    0 => Backing::Anonymous,
                    _ => Backing::Object {
                        object,
                        first: start,
                    },
                };
                vmas.remove(&pages);
                vmas.insert(area(pages.clone(), prot, backing));
                model.retain(|page, _| !inside(page));
                for page in pages.start.0..pages.end.0 {
                    let first = page;
                    let behind = match backing {
                        Backing::Object { .. } => Backing::Object { object, first },
                        other => other,
                    };
                    model.insert(page, (prot, behind));
                }
            }
            1 => {
                vmas.remove(&pages);
                model.retain(|page, _| !inside(page));
            }
            _ => {
                vmas.change(&pages, |vma| vma.prot = prot);
                let changed = model.iter_mut().filter(|(page, _)| inside(page));
                changed.for_each(|(_, what)| what.0 = prot);
            }
        }
        assert_eq!(by_page(&vmas), model, "step {step}");
        // No two neighbours are alike.
        for pair in vmas.all().windows(2) {
            assert!(pair[0].end <= pair[1].start);
            let touch = pair[0].end == pair[1].start && pair[0].prot == pair[1].prot;
            assert!(
                !touch || pair[0].behind(pair[0].end) != pair[1].backing,
                "{pair:?}"
            );
        }
        let page = Page(next(&mut state, 80));
        assert_eq!(vmas.find(page).is_some(), model.contains_key(&page.0));
        let covered = (pages.start.0..pages.end.0).all(|page| model.contains_key(&page));
        assert_eq!(vmas.cover(&pages), covered);
        assert_eq!(vmas.are_free(&pages), !model.keys().any(inside));
    }
}

#[test]
fn a_gap_is_the_highest_place_with_room() {
    let mut vmas = Vmas::default();
    assert_eq!(vmas.gap(1), Some(Page(USER_END.0 - 1)));
    assert_eq!(vmas.gap(USER_END.0 - 16), Some(Page(16)));
    assert_eq!(
        vmas.gap(USER_END.0 - 15),
        None,
        "low addresses are for null pointers"
    );
    let top = Page(USER_END.0 - 10)..Page(USER_END.0 - 5);
    vmas.insert(area(top.clone(), Prot::READ, Backing::Anonymous));
    let stack = Kind::Stack { floor: Page(1000) };
    let area = area(Page(2000)..Page(2001), Prot::READ_WRITE, Backing::Anonymous);
    vmas.insert(Vma {
        kind: stack,
        ..area
    });
    assert_eq!(vmas.gap(5), Some(top.end));
    assert_eq!(vmas.gap(6), Some(Page(top.start.0 - 6)));
    assert_eq!(vmas.gap(top.start.0 - 2001), Some(Page(2001)));
    assert_eq!(vmas.gap(top.start.0 - 2000), None);
    // What a stack may grow into, and its guard, are nobody's.
    assert!(!vmas.are_free(&(Page(998)..Page(1000))));
    assert!(vmas.are_free(&(Page(998)..Page(999))));
}
