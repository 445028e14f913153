//! A call into data.
//!
//! Rule: An instruction is fetched from memory that may not be executed.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::signal::SEGV_ACCERR;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::segv::{self, Access};

/// `ret`, twice.
const RETURN: u64 = 0x8082_8082;

fn run(_: &Arguments) -> Outcome {
    let data = Region::anonymous(1)?;
    data.poke(0, RETURN);
    let address = data.start();
    println!("I write an instruction to {address:#x}, a page that is rw-, and call it.");
    segv::demonstrate(Access::Call, address, SEGV_ACCERR)
}

pagewalk_user_programs::program!(run);
