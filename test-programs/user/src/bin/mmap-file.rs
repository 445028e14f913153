//! A file as memory, private and shared. Argument: how large a file two processes write
//! to, in KiB (64).
//!
//! Rule: Not present, and the area belongs to a file: read the page, map it, resume.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::ffi::CStr;

use pagewalk_user_programs::file::{self, File, Mode};
use pagewalk_user_programs::pagewalk;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process;

const SCRATCH: &CStr = c"/tmp/mmap-file.scratch";

/// Pages of the file that two processes write to.
const LARGE: usize = 16;

fn run(arguments: &Arguments) -> Outcome {
    program_file()?;
    scratch_file()?;
    let pages = match arguments.count() {
        0 | 1 => LARGE.min(pagewalk::pages_to_spare()),
        _ => pagewalk::pages_to_use(arguments, 0, 0)?,
    };
    two_writers(pages)?;
    Ok(())
}

/// A file that is only read: the program's own.
fn program_file() -> Outcome {
    let program = File::open(process::MYSELF, Mode::Read)?;
    let map = Region::of_file(&program, 0, 2, Prot::READ_WRITE, Sharing::Private)?;
    println!("Two pages of my own file are memory at {:#x}.", map.start());
    let magic = map.load(0).to_le_bytes();
    check_eq!(magic[..4], *b"\x7fELF", "the first bytes of a program");
    let mut buffer = [0; 512];
    for chunk in 0..2 * PAGE / buffer.len() {
        check_eq!(
            program.read_full(&mut buffer)?,
            buffer.len(),
            "bytes read from the file"
        );
        for (index, bytes) in buffer.chunks_exact(8).enumerate() {
            let read = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
            let offset = chunk * buffer.len() + index * 8;
            check_eq!(
                map.load(offset / 8),
                read,
                "the word at {offset:#x} of the file"
            );
        }
    }
    println!("They hold what read(2) finds in the file.");

    map.store(0, 0);
    program.seek(0)?;
    check_eq!(
        program.read_full(&mut buffer)?,
        buffer.len(),
        "bytes read from the file"
    );
    check_eq!(
        buffer[..8],
        magic,
        "the file after a write to a private mapping"
    );
    println!("I write to them: the mapping is private, the file has not changed.");
    map.unmap()?;
    Ok(())
}

/// A file that is written through memory.
fn scratch_file() -> Outcome {
    let file = File::open(SCRATCH, Mode::Create)?;
    file.set_len(2 * PAGE as u64)?;
    let map = Region::of_file(&file, 0, 2, Prot::READ_WRITE, Sharing::Shared)?;
    map.verify_zero(0)?;
    map.fill(1, 7);

    let mut word = [0; 8];
    file.seek(PAGE as u64 + 8)?;
    check_eq!(file.read_full(&mut word)?, 8, "bytes read from the file");
    check_eq!(
        u64::from_le_bytes(word),
        map.load(PAGE / 8 + 1),
        "what read(2) finds"
    );
    file.seek(16)?;
    check_eq!(file.write(b"by write")?, 8, "bytes written");
    check_eq!(
        map.load(2).to_le_bytes(),
        *b"by write",
        "what the mapping shows"
    );
    println!("A shared mapping of a new file and read(2) and write(2) see the same bytes.");

    process::child(|| {
        map.fill(0, 8);
        Ok(())
    })?
    .success()?;
    map.verify(0, 8)?;
    map.verify(1, 7)?;
    println!("So do a parent and a child: sharing is not copied on write.");
    map.unmap()?;
    Ok(())
}

/// A file that two processes write through memory, and that has no name any more.
fn two_writers(pages: usize) -> Outcome {
    let file = File::open(SCRATCH, Mode::Create)?;
    file::remove(SCRATCH)?;
    file.set_len((pages * PAGE) as u64)?;
    let map = Region::of_file(&file, 0, pages, Prot::READ_WRITE, Sharing::Shared)?;
    let writer = |first: usize| {
        process::child(|| {
            for page in (first..pages).step_by(2) {
                map.fill(page, page as u64);
                process::give_way();
            }
            Ok(())
        })
    };
    let (even, odd) = (writer(0)?, writer(1)?);
    even.success()?;
    odd.success()?;
    let mut buffer = [0; 8];
    for page in 0..pages {
        file.seek((page * PAGE) as u64)?;
        check_eq!(
            file.read_full(&mut buffer)?,
            8,
            "bytes read from page {page}"
        );
        check_eq!(
            u64::from_le_bytes(buffer),
            map.peek(page),
            "what is in page {page}"
        );
        map.verify(page, page as u64)?;
    }
    println!("Two children write {pages} pages of a file; I find what each of them wrote.");

    file.set_len(PAGE as u64)?;
    file.set_len(2 * PAGE as u64)?;
    map.verify(0, 0)?;
    map.verify_zero(1)?;
    println!("Cut to one page and made longer again, it goes on with zeros.");
    map.unmap()?;
    Ok(())
}

pagewalk_user_programs::program!(run);
