//! A store to a constant.
//!
//! > Similarly, a SegmentationFault may happen if the process tried to write to
//! > read-only or execute-only memory, or to read from execute-only memory.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SEGV_ACCERR;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access};

/// In a segment that is `r--`.
static CONSTANT: [u64; 1] = [0x600d_c0de];

fn run(_: &Arguments) -> Outcome {
    let address = CONSTANT.as_ptr() as usize;
    let page = Region::of_constants(&CONSTANT);
    let value = page.load((address - page.start()) / 8);
    println!("At {address:#x} stands a constant, {value:#x}: I can read it.");
    check_eq!(value, 0x600d_c0de, "the constant");
    println!("I store a word there. Its page is r--.");
    segv::demonstrate(Access::Store, address, SEGV_ACCERR)
}

pagewalk_user_programs::program!(run);
