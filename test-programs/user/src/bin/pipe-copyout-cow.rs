//! The kernel, too, copies a shared page before it writes to it.
//!
//! > When a process PageFaults by trying to write to such a shared page, the
//! > processes are given individual copies of that page, marked read-write this time.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{file, image, pagewalk, process};

const PARENTS: u64 = 1;
/// Bytes that go through the pipe, less than a page.
const BYTES: usize = 64;

fn run(arguments: &Arguments) -> Outcome {
    let copies_all = pagewalk::fork_copies()?;
    let page = Region::anonymous(1)?;
    page.fill(0, PARENTS);
    println!("Parent and child share the page at {:#x}.", page.start());
    let (reader, writer) = file::pipe()?;
    check_eq!(writer.write(&[0xa5; BYTES])?, BYTES, "bytes written");

    process::child(|| {
        let exact = image::settle(arguments).is_ok();
        let before = pagewalk::place(page.start());
        let (read, counted) = counting(|| reader.read_to(page, BYTES));
        check_eq!(read?, BYTES as u64, "bytes read");
        println!("Child: the kernel reads {BYTES} bytes from a pipe to it.");
        for index in 0..BYTES / 8 {
            check_eq!(page.load(index), 0xa5a5_a5a5_a5a5_a5a5, "word {index}");
        }
        if let Some((before, after)) = before.zip(pagewalk::place(page.start())) {
            println!("Child: the page moved from {before} to {after}.");
            check!(
                before != after || copies_all,
                "the kernel has written to a shared frame"
            );
        }
        if let Some(counted) = counted {
            println!("Child: counted: {counted}.");
            if exact {
                let copies = u64::from(!copies_all);
                counted.expect(&[("cow_copy", copies)])?;
            }
        } else {
            skip("exact numbers", pagewalk::OUR_KERNEL);
        }
        Ok(())
    })?
    .success()?;
    page.verify(0, PARENTS)?;
    println!("Parent: my page is as it was.");
    Ok(())
}

pagewalk_user_programs::program!(run);
