//! The kernel obeys the rights of a process when it copies for it.
//!
//! Rule: The kernel's own copies obey the rules for the process's accesses.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::abi::Errno;
use pagewalk_user_programs::error::Answer;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{exhibit, file};

exhibit!(CONSTANTS, 1);

const WORD: usize = 4;

fn run(_: &Arguments) -> Outcome {
    let constants = Region::of_constants(&CONSTANTS);
    let memory = Region::anonymous(4)?;
    let [open, nothing, xonly, none] = [0, 1, 2, 3].map(|page| memory.page(page));
    nothing.unmap()?;
    xonly.protect(Prot::EXECUTE)?;
    none.protect(Prot::NONE)?;

    let (reader, writer) = file::pipe()?;
    for (name, source) in [("--x", xonly), ("---", none), ("not mapped", nothing)] {
        refused(writer.write_from(source, WORD), "write", name)?;
    }
    check_eq!(writer.write(b"four")?, WORD, "bytes written");
    let targets = [
        ("r--", constants),
        ("--x", xonly),
        ("---", none),
        ("not mapped", nothing),
    ];
    for (name, target) in targets {
        refused(reader.read_to(target, WORD), "read", name)?;
    }
    check_eq!(
        reader.read_to(open, WORD)?,
        WORD as u64,
        "bytes read to a page that is rw-"
    );
    check_eq!(
        open.load(0).to_le_bytes()[..WORD],
        *b"four",
        "what came through the pipe"
    );
    println!("Nothing was lost meanwhile: a read to a page that is rw- got the bytes.");
    Ok(())
}

/// Fails unless the kernel has refused the call with EFAULT.
fn refused(answer: Answer, call: &str, page: &str) -> Outcome {
    let errno = answer.err().and_then(|refused| refused.errno());
    check_eq!(
        errno,
        Some(Errno::EFAULT),
        "{call} with a page that is {page}"
    );
    println!("{call} with a page that is {page}: EFAULT.");
    Ok(())
}

pagewalk_user_programs::program!(run);
