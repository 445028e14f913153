//! With all memory in use fork and brk fail, and work again later.
//!
//! > creating a new process on Unix systems happens by duplicating the running process
//! > by way of the fork(2) system call.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::Errno;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{heap, image, pagewalk, process};

/// Heap for what is said at the end, when there is no more.
const RESERVE: usize = 8 * PAGE;

fn run(arguments: &Arguments) -> Outcome {
    let Some(free) = pagewalk::free_pages() else {
        skip(
            "filling all memory",
            "the Pagewalk kernel with at most 4096 frames",
        );
        return process::child(|| Ok(()))?.success();
    };
    drop(core::hint::black_box(Vec::<u8>::with_capacity(RESERVE)));
    if image::settle(arguments).is_err() {
        skip("filling all memory", "frames for what this program runs on");
        return Ok(());
    }
    println!("About {free} pages are free, in memory and swap. I take them, one by one.");
    let first = heap::grow(0)?;
    let mut pages = 0;
    let refused = loop {
        match heap::grow(PAGE) {
            Ok(page) => heap::touch(page),
            Err(refused) => break refused,
        }
        pages += 1;
        check!(pages <= 2 * free, "brk gave {pages} pages");
    };
    println!("After {pages} pages: {refused}.");
    check_eq!(refused.errno(), Some(Errno::ENOMEM), "why brk failed");

    match process::child(|| Ok(())) {
        Ok(child) => {
            child.success()?;
            pagewalk_user_programs::fail!("fork works without memory");
        }
        Err(refused) => {
            println!("And {refused}.");
            let expected = [Some(Errno::ENOMEM), Some(Errno::EAGAIN)];
            check!(expected.contains(&refused.errno()), "fork: {refused}");
        }
    }
    heap::shrink_to(first)?;
    process::child(|| Ok(()))?.success()?;
    println!("I have given the pages back: fork works.");
    Ok(())
}

pagewalk_user_programs::program!(run);
