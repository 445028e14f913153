//! The stack gets pages as it grows.
//!
//! > The page in which the offending address lies has not been mapped to physical
//! > memory by the OperatingSystem.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{image, pagewalk};

/// Calls within calls.
const DEPTH: usize = 64;
/// Words of 64 bits in the frame of each.
const WORDS: usize = PAGE / 8;

fn run(arguments: &Arguments) -> Outcome {
    println!("My stack began at {:#x}.", arguments.address());
    let exact = image::lock_segments().is_ok();
    let (lowest, counted) = counting(|| descend(DEPTH));
    let lowest = lowest?;
    let pages = (arguments.address() - lowest) / PAGE;
    println!("{DEPTH} calls later it reached {lowest:#x}, {pages} pages below.");
    check!(pages >= DEPTH, "each call has a frame of a page");
    match counted {
        Some(counted) => {
            println!("Counted: {counted}.");
            if exact {
                // A few pages of the stack were there before.
                let zero_fill = counted.get("zero_fill") as usize;
                check!(
                    (DEPTH - 8..=pages).contains(&zero_fill),
                    "{zero_fill} new pages"
                );
            }
        }
        None => skip("new pages", pagewalk::OUR_KERNEL),
    }
    Ok(())
}

/// Calls itself `depth` times, and returns the lowest address that it used.
#[inline(never)]
fn descend(depth: usize) -> Outcome<usize> {
    let frame = black_box([depth as u64; WORDS]);
    let lowest = match depth {
        0 => frame.as_ptr() as usize,
        _ => descend(depth - 1)?,
    };
    // What the calls below wrote did not touch this.
    check!(
        black_box(&frame).iter().all(|word| *word == depth as u64),
        "frame {depth}"
    );
    Ok(lowest)
}

pagewalk_user_programs::program!(run);
