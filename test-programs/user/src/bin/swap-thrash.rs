//! More memory than there is: pages go to disk and come back unharmed. Argument: how
//! much memory to use, in KiB (4096).
//!
//! > Most frequently, that's because the content of the page has been written to
//! > HardDisk, and the page is unmapped for this process and mapped in another's
//! > address space which needs more memory. This is called swapping out the page in
//! > question.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::pagewalk;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::random::Random;

/// What is used if nobody says otherwise: 4 MiB.
const DEFAULT_PAGES: usize = (4 << 20) / PAGE;
const SEED: u64 = 4;
/// What is added to the tag of a page each time that it is written.
const VERSION: u64 = 1 << 24;

fn run(arguments: &Arguments) -> Outcome {
    let pages = match arguments.count() {
        0 | 1 => DEFAULT_PAGES.min(pagewalk::pages_to_spare()),
        _ => pagewalk::pages_to_use(arguments, 0, 0)?,
    };
    let region = Region::anonymous(pages)?;
    print_frames(pages);
    let mut tags: Vec<u64> = (0..pages as u64).collect();

    let (_, counted) = counting(|| (0..pages).for_each(|page| region.fill(page, tags[page])));
    tell("I fill all pages in turn", counted);
    let (right, counted) =
        counting(|| (0..pages).try_for_each(|page| region.verify(page, tags[page])));
    right?;
    tell("I read all in turn, and find what I wrote", counted);

    let mut random = Random::new(SEED);
    let (right, counted) = counting(|| {
        (0..pages).try_for_each(|step| -> Outcome {
            let page = random.below(pages);
            region.verify(page, tags[page])?;
            if step % 2 == 0 {
                tags[page] += VERSION;
                region.fill(page, tags[page]);
            }
            Ok(())
        })
    });
    right?;
    tell("I read as many here and there, and change half", counted);
    (0..pages).try_for_each(|page| region.verify(page, tags[page]))?;
    println!("All {pages} pages hold what I wrote to them last.");

    if let Some(frames) = pagewalk::frames().filter(|frames| *frames < pages) {
        let all = pagewalk::Counters::read().map_or(0, |all| all.get("swap_in"));
        check!(
            all > 0,
            "{pages} pages in {frames} frames without a page from the disk"
        );
    }
    Ok(())
}

fn print_frames(pages: usize) {
    match pagewalk::frames() {
        Some(frames) => println!("I use {pages} pages. There are {frames} frames."),
        None => println!("I use {pages} pages, {} KiB.", pages * PAGE / 1024),
    }
}

fn tell(what: &str, counted: Option<pagewalk::Counters>) {
    match counted {
        Some(counted) => println!("{what}: {counted}."),
        None => println!("{what}."),
    }
}

pagewalk_user_programs::program!(run);
