//! A load of an instruction that can only be executed.
//!
//! > Similarly, a SegmentationFault may happen if the process tried to write to
//! > read-only or execute-only memory, or to read from execute-only memory.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SEGV_ACCERR;
use pagewalk_user_programs::execute_only;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access};

fn run(_: &Arguments) -> Outcome {
    let address = execute_only::address();
    let answer = execute_only::call();
    println!("At {address:#x} stands a function, in a segment that is --x: I can call it,");
    println!("and it answers {answer}.");
    check_eq!(answer, execute_only::ANSWER, "what the function answers");
    println!("I load a byte from its first instruction.");
    segv::demonstrate(Access::Load, address, SEGV_ACCERR)
}

pagewalk_user_programs::program!(run);
