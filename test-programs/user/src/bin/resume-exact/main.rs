//! A fault interrupts every form of load and store, and no register changes.
//!
//! > Then, it resumes the process which was interrupted by the PageFault, which
//! > doesn't notice nary a thing of these happenings. To it, it appears as if its
//! > memory access succeeded without a hitch.
#![cfg_attr(target_os = "none", no_std, no_main)]

mod forms;
mod machine;

use pagewalk_user_programs::alloc::vec;
use pagewalk_user_programs::file::Gate;
use pagewalk_user_programs::memory::{self, WORDS};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::random::Random;
use pagewalk_user_programs::segv::{self, Fault};
use pagewalk_user_programs::{pagewalk, process};

use forms::{FORMS, Form, Kind, code};
use machine::{Registers, execute};

/// Offset in the first of a form's two pages: a multiple of 8, far from the ends.
const INSIDE: usize = 0x528;
/// A rounding mode that nobody uses otherwise, and some flags.
const FCSR: u64 = 1 << 5 | 0x15;
// The registers of the forms.
const A3: usize = 13;
const A4: usize = 14;
const A5: usize = 15;
const FA5: usize = 15;

/// How a page comes to fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// It was never touched.
    Untouched,
    /// It is shared with a child.
    Shared,
    /// It is protected, and a handler for SIGSEGV allows the access.
    Protected,
    /// Others have needed the memory since.
    SwappedOut,
}

/// Where an access is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    /// In one page.
    Inside,
    /// Half in one page, half in the next.
    Across,
}

fn run(arguments: &Arguments) -> Outcome {
    segv::handle_on(Region::anonymous(16)?)?;
    println!(
        "{} forms of loads and stores of RV64GC, all registers compared:",
        FORMS.len()
    );
    let mut ways = vec![Way::Untouched, Way::Shared, Way::Protected];
    if pagewalk::frames().is_some() {
        ways.push(Way::SwappedOut);
    } else {
        skip(
            "pages that are swapped out",
            "the Pagewalk kernel with at most 4096 frames",
        );
    }
    for place in [Where::Inside, Where::Across] {
        for &way in &ways {
            let (tested, counted) = counting(|| all_forms(place, way, arguments));
            let tested = tested?;
            match counted {
                Some(counted) => {
                    println!("{tested} {place:?}, {way:?}: nothing changed; {counted}.")
                }
                None => println!("{tested} {place:?}, {way:?}: nothing changed."),
            }
        }
    }
    Ok(())
}

/// Tests all forms that can be there, each in two pages of its own.
fn all_forms(place: Where, way: Way, arguments: &Arguments) -> Outcome<usize> {
    let region = Region::anonymous(2 * FORMS.len())?;
    if way != Way::Untouched {
        (0..region.pages()).for_each(|page| region.fill(page, page as u64));
    }
    if way == Way::Protected {
        region.protect(Prot::NONE)?;
    }
    let done = Gate::new()?;
    let sharer = match way {
        Way::Shared => Some(process::child(|| {
            done.wait()?;
            (0..region.pages()).try_for_each(|page| region.verify(page, page as u64))
        })?),
        _ => None,
    };
    if way == Way::SwappedOut {
        let pressure = pagewalk::pages_to_use(arguments, 12, 0)?;
        pagewalk::release(pagewalk::press(pressure)?)?;
    }
    let mut random = Random::new(1);
    let mut tested = 0;
    for (index, form) in FORMS.iter().enumerate() {
        if place == Where::Inside || form.kind.may_be_misaligned() && form.bytes > 1 {
            let pages = region.part(2 * index..2 * index + 2);
            one_form(index, pages, place, way, &mut random)?;
            tested += 1;
        }
    }
    if let Some(sharer) = sharer {
        done.open()?;
        sharer.success()?;
    }
    region.unmap()?;
    Ok(tested)
}

fn one_form(index: usize, pages: Region, place: Where, way: Way, random: &mut Random) -> Outcome {
    let form = &FORMS[index];
    let offset = match place {
        Where::Inside => INSIDE,
        Where::Across => PAGE - form.bytes / 2,
    };
    let mut registers = Registers {
        x: core::array::from_fn(|_| random.next()),
        f: core::array::from_fn(|_| random.next()),
        fcsr: FCSR,
    };
    let address = (pages.start() + offset) as u64;
    registers.x[form.base()] = address.wrapping_add_signed(-form.offset());

    let run = || execute(code(index), form.anchor, registers);
    let allow = |fault: &Fault| {
        let page = fault.address.wrapping_sub(pages.start()) / PAGE;
        page < pages.pages() && pages.page(page).protect(Prot::READ_WRITE).is_ok()
    };
    let (before, after) = match way {
        Way::Protected => segv::mending(&allow, run),
        _ => run(),
    };
    pages.protect(Prot::READ_WRITE)?;

    let initial = |word| match way {
        Way::Untouched => 0,
        _ => memory::pattern((2 * index + word / WORDS) as u64, word % WORDS),
    };
    let change = Change {
        word: offset / 8,
        shift: offset % 8 * 8,
        mask: u128::from(u64::MAX >> (64 - 8 * form.bytes)),
    };
    let (expected, stored) = effect(form, before, change.old(initial));
    let text = form.text;
    for number in 0..32 {
        let (found, wanted) = (after.x[number], expected.x[number]);
        check_eq!(found, wanted, "`{text}` {place:?}, {way:?}: x{number}");
        let (found, wanted) = (after.f[number], expected.f[number]);
        check_eq!(found, wanted, "`{text}` {place:?}, {way:?}: f{number}");
    }
    check_eq!(
        after.fcsr,
        expected.fcsr,
        "`{text}` {place:?}, {way:?}: fcsr"
    );
    for word in 0..2 * WORDS {
        let wanted = change.apply(initial, stored, word);
        check_eq!(
            pages.load(word),
            wanted,
            "`{text}` {place:?}, {way:?}: word {word} in memory"
        );
    }
    Ok(())
}

/// The bytes that a form accesses, in two pages of words.
struct Change {
    /// The first word that they are in.
    word: usize,
    /// How many bits of it are before them.
    shift: usize,
    /// As many ones as they have bits.
    mask: u128,
}

impl Change {
    /// What they were.
    fn old(&self, initial: impl Fn(usize) -> u64) -> u64 {
        let both = u128::from(initial(self.word)) | u128::from(initial(self.word + 1)) << 64;
        (both >> self.shift & self.mask) as u64
    }

    /// What a word is, after they have become `new`.
    fn apply(&self, initial: impl Fn(usize) -> u64, new: Option<u64>, word: usize) -> u64 {
        let old = initial(word);
        let (Some(new), 0..=1) = (new, word.wrapping_sub(self.word)) else {
            return old;
        };
        let half = |both: u128| (both >> (64 * (word - self.word))) as u64;
        let mask = half(self.mask << self.shift);
        old & !mask | half((u128::from(new) & self.mask) << self.shift)
    }
}

/// What a form does, by the specification: the registers after it, and what it stores.
fn effect(form: &Form, before: Registers, old: u64) -> (Registers, Option<u64>) {
    let unused = 64 - 8 * form.bytes;
    let signed = |value: u64| ((value << unused) as i64 >> unused) as u64;
    let mut after = before;
    let stored = match form.kind {
        Kind::Load => {
            after.x[A5] = signed(old);
            None
        }
        Kind::LoadUnsigned => {
            after.x[A5] = old;
            None
        }
        Kind::LoadFloat => {
            let boxed = if form.bytes == 4 { !0 << 32 } else { 0 };
            after.f[FA5] = old | boxed;
            None
        }
        Kind::Store => Some(before.x[A5]),
        Kind::StoreFloat => Some(before.f[FA5]),
        Kind::Amo(operation) => {
            after.x[A4] = signed(old);
            Some(operation(signed(old), signed(before.x[A5])))
        }
        Kind::LoadReserved => {
            after.x[A4] = signed(old);
            None
        }
        Kind::Exchange => {
            after.x[A4] = signed(old);
            after.x[A3] = 0;
            Some(before.x[A5])
        }
    };
    (after, stored)
}

pagewalk_user_programs::program!(run);
