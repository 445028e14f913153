//! A process repairs its own faults.
//!
//! Rule: A segmentation fault goes to the process's handler, if there is one.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::cell::Cell;

use pagewalk_user_programs::abi::signal::{SEGV_ACCERR, SEGV_MAPERR};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access, Fault};

const PAGES: usize = 4;

fn run(_: &Arguments) -> Outcome {
    let region = Region::anonymous(PAGES)?;
    region.unmap()?;
    println!("There is nothing at {:#x}. I write there.", region.start());
    let calls = Cell::new(0);
    let seen = Cell::new(None);
    let note = |fault: &Fault| {
        calls.set(calls.get() + 1);
        seen.set(Some((fault.address, fault.code)));
    };

    let map = |fault: &Fault| {
        note(fault);
        region.map_again(Prot::READ).is_ok()
    };
    let value = segv::mending(&map, || region.peek(0));
    check_eq!(
        seen.take(),
        Some((region.start(), SEGV_MAPERR)),
        "what the handler saw"
    );
    check_eq!(value, 0, "a page that the handler has mapped");
    println!("A load: the handler mapped {PAGES} pages, r--, and the load found a zero.");

    let allow = |fault: &Fault| {
        note(fault);
        region.protect(Prot::READ_WRITE).is_ok()
    };
    segv::mending(&allow, || {
        for page in 0..PAGES {
            region.fill(page, page as u64);
        }
    });
    check_eq!(
        seen.take(),
        Some((region.start(), SEGV_ACCERR)),
        "what the handler saw"
    );
    println!("A store: the handler allowed it, and it was made again.");
    for page in 0..PAGES {
        region.verify(page, page as u64)?;
    }
    check_eq!(calls.get(), 2, "calls of the handler");

    region.protect(Prot::NONE)?;
    let last = region.address(PAGES - 1);
    for access in [Access::Load, Access::Store, Access::Call] {
        let fault = segv::attempt(access, last);
        let found = fault.err().map(|fault| (fault.address, fault.code));
        check_eq!(
            found,
            Some((last, SEGV_ACCERR)),
            "{access:?} of a page that is ---"
        );
    }
    println!("With --- no access is allowed, and a handler can also go on behind one.");
    region.protect(Prot::READ)?;
    region.verify(PAGES - 1, PAGES as u64 - 1)
}

pagewalk_user_programs::program!(run);
