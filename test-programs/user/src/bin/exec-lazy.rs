//! A program's file is read page by page, as it is touched.
//!
//! Rule: Not present, and the area belongs to a file: read the page, map it, resume.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::pagewalk::{self, Place};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{exhibit, image};

exhibit!(TABLE, 64);

/// The pages of the table that are read.
const TOUCHED: [usize; 3] = [0, 5, 63];

fn run(arguments: &Arguments) -> Outcome {
    let table = Region::of_constants(&TABLE);
    println!(
        "My file holds a table of {} pages, for {:#x}.",
        table.pages(),
        table.start()
    );
    let exact = image::settle(arguments).is_ok();
    let (_, counted) = counting(|| {
        for page in TOUCHED {
            core::hint::black_box(table.peek(page));
        }
    });
    println!("I read a word of pages {TOUCHED:?}.");
    let cached = table.in_core()?.iter().filter(|in_core| **in_core).count();
    println!("Of the table {cached} pages are in memory now.");
    check!(
        cached >= TOUCHED.len() || !exact,
        "what was just read is in memory"
    );

    if let Some(counted) = counted {
        println!("Counted: {counted}.");
        for page in (0..table.pages()).filter(|page| !TOUCHED.contains(page)) {
            let place = pagewalk::place(table.address(page));
            check_eq!(
                place,
                Some(Place::Nowhere),
                "page {page}, which was not touched"
            );
        }
        if exact {
            let faults = counted.get("minor") + counted.get("major");
            check_eq!(faults, TOUCHED.len() as u64, "faults");
            check_eq!(counted.get("file_load"), counted.get("major"), "pages read");
        }
    } else {
        skip("faults one by one", pagewalk::OUR_KERNEL);
    }
    for page in 0..table.pages() {
        image::verify_exhibit(table, page)?;
    }
    println!("Now I have read all of it, and it is what the compiler put there.");
    Ok(())
}

pagewalk_user_programs::program!(run);
