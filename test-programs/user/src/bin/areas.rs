//! A process looks at the list of its areas.
//!
//! Rule: The list of areas says what may be; page tables say what is there.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::file::{File, Mode};
use pagewalk_user_programs::prelude::*;

const PAGES: usize = 3;

fn run(_: &Arguments) -> Outcome {
    let region = Region::anonymous(PAGES)?;
    let start = region.start() as u64;
    let end = start + (PAGES * PAGE) as u64;
    println!("I have asked for {PAGES} pages at {start:#x}, and have touched none.");
    println!("The kernel knows of them; these are all my areas:");
    let mut bytes = [0; 4096];
    let length = File::open(c"/proc/self/maps", Mode::Read)?.read_full(&mut bytes)?;
    let text = core::str::from_utf8(&bytes[..length]).unwrap_or("");
    println!("{}", text.trim_end());
    let is_mine = |line: &str| {
        let (range, rights) = line.split_once(' ')?;
        let (first, last) = range.split_once('-')?;
        let first = u64::from_str_radix(first, 16).ok()?;
        let last = u64::from_str_radix(last, 16).ok()?;
        Some(first <= start && end <= last && rights.starts_with("rw-p"))
    };
    let found = text.lines().any(|line| is_mine(line) == Some(true));
    check!(found, "the area of my pages is in the list, and is rw-p");
    Ok(())
}

pagewalk_user_programs::program!(run);
