//! A load through a null pointer: that page is never mapped.
//!
//! > However, in this case no memory was ever allocated to it at that stretch in its
//! > address space. This type of PageFault is known as a SegmentationFault.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SEGV_MAPERR;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access};

fn run(_: &Arguments) -> Outcome {
    println!("A pointer that points nowhere is 0, so nothing is ever mapped at 0.");
    segv::demonstrate(Access::Load, 0, SEGV_MAPERR)
}

pagewalk_user_programs::program!(run);
