//! A stack without end meets its guard page.
//!
//! > However, in this case no memory was ever allocated to it at that stretch in its
//! > address space. This type of PageFault is known as a SegmentationFault.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use pagewalk_user_programs::prelude::*;

/// More than any stack has, in bytes.
const TOO_MUCH: usize = 1 << 30;

fn run(arguments: &Arguments) -> Outcome {
    println!(
        "My stack began at {:#x}. I call myself for ever.",
        arguments.address()
    );
    println!("A handler would need a stack, so there is none: status 139.");
    let deepest = descend(arguments.address());
    pagewalk_user_programs::fail!("the stack went down to {deepest:#x}");
}

/// Takes half a page with each call, so that no page is left out.
#[inline(never)]
fn descend(top: usize) -> usize {
    let frame = black_box([top; PAGE / 16]);
    let here = frame.as_ptr() as usize;
    if top - here > TOO_MUCH {
        return here;
    }
    let deepest = descend(top);
    black_box(&frame);
    deepest
}

pagewalk_user_programs::program!(run);
