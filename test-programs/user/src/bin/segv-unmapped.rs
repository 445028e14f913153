//! A load from where there never was memory.
//!
//! > Sometimes, again, the page is not mapped to physical memory. However, in this
//! > case no memory was ever allocated to it at that stretch in its address space.
//! > This type of PageFault is known as a SegmentationFault.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SEGV_MAPERR;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access};

/// In the lower half, where processes live, and far from all that they have.
const NOWHERE: usize = 0x20_0000_0000;

fn run(_: &Arguments) -> Outcome {
    println!("Nobody ever asked for memory at {NOWHERE:#x}. I load a byte from there.");
    segv::demonstrate(Access::Load, NOWHERE, SEGV_MAPERR)
}

pagewalk_user_programs::program!(run);
