//! A page that was not changed since it was read is dropped, not written. Argument:
//! how much memory to use, in KiB.
//!
//! Rule: A clean page with a valid slot or a file behind it is dropped without a
//! write.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::pagewalk::{self, Counters};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{exhibit, fail, image};

exhibit!(TABLE, 16);

/// After so many passes the last page that was changed has been written, even where
/// victims are chosen at random.
const PASSES: usize = 16;

fn run(arguments: &Arguments) -> Outcome {
    let pages = pagewalk::pages_to_use(arguments, 16, 1024)?;
    let region = Region::anonymous(pages)?;
    let table = Region::of_constants(&TABLE);
    let exact = image::settle(arguments).is_ok();
    let verify_all = || {
        (0..table.pages()).try_for_each(|page| image::verify_exhibit(table, page))?;
        (0..pages).try_for_each(|page| region.verify(page, page as u64))
    };
    println!(
        "I fill {pages} pages, and read them and {} of my file.",
        table.pages()
    );
    let (_, filled) = counting(|| (0..pages).for_each(|page| region.fill(page, page as u64)));
    let Some(filled) = filled else {
        verify_all()?;
        println!("All is as I wrote it.");
        skip("which pages were written to the disk", pagewalk::OUR_KERNEL);
        return Ok(());
    };
    println!("When I filled them: {filled}.");
    if !exact {
        // What this program runs on comes and goes, too, and changes all the time.
        verify_all()?;
        skip("drops", "frames for what this program runs on");
        return Ok(());
    }
    let last = read_until_clean(verify_all)?;
    if pagewalk::frames().is_none_or(|frames| pages < frames) {
        skip("drops", "fewer frames, or more memory to be used");
    } else {
        check!(last.get("clean_drop") > 0, "no page was dropped");
        check!(last.get("swap_in") > 0, "no page was read from the disk");
    }
    Ok(())
}

/// Reads everything again and again, until no page is written to the disk for that:
/// nothing has changed since it was there before.
fn read_until_clean(verify_all: impl Fn() -> Outcome) -> Outcome<Counters> {
    for pass in 1..=PASSES {
        let (right, counted) = counting(&verify_all);
        right?;
        let Some(counted) = counted else { break };
        println!("Reading, pass {pass}: {counted}.");
        if counted.get("swap_out") == 0 {
            println!("Whatever had to go was on the disk already, and was dropped.");
            return Ok(counted);
        }
    }
    fail!("pages are written although nothing changes");
}

pagewalk_user_programs::program!(run);
