//! A process at a terminal says what it reads, and which signals come.
//!
//! Rule: Keys become lines, ends of file and signals.
//!
//! The argument says how: `interrupts` are caught (a read ends) or `restarts` (it goes
//! on), `keys` are read one by one until q, `pairs` of them with patience of a tenth of
//! a second; or it only `computes`, or `sleeps` for so many seconds.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::time::Duration;

use pagewalk_user_programs::abi::Errno;
use pagewalk_user_programs::abi::signal::{SIGINT, SIGWINCH};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process;
use pagewalk_user_programs::terminal::{Reads, Settings, catch, caught, read, size};

const STDIN: i32 = 0;

fn run(arguments: &Arguments) -> Outcome {
    let streams = [0, 1, 2].map(|stream| Settings::of(stream).is_ok());
    println!("Terminals: {streams:?}.");
    match arguments.get(1) {
        Some("interrupts") => lines(Reads::End),
        Some("restarts") => lines(Reads::Restart),
        Some("keys") => keys(1, 0),
        Some("pairs") => keys(2, 1),
        Some("computes") => {
            println!("I compute.");
            loop {
                core::hint::black_box(process::pid);
            }
        }
        Some("sleeps") => {
            println!("I sleep.");
            let seconds = arguments.get(2).and_then(|text| text.parse().ok());
            let time = seconds.map_or(Duration::from_millis(500), Duration::from_secs);
            process::sleep(time)?;
            Ok(())
        }
        _ => read_lines(),
    }
}

/// With a handler for ^C, and for changes of the size.
fn lines(reads: Reads) -> Outcome {
    catch(SIGINT, reads)?;
    catch(SIGWINCH, Reads::End)?;
    read_lines()
}

/// Until the end of file; of a terminal, until there are two of them.
fn read_lines() -> Outcome {
    let mut ends = if Settings::of(STDIN).is_ok() { 2 } else { 1 };
    if let Ok((rows, columns)) = size(STDIN) {
        println!("{rows} rows, {columns} columns.");
    }
    let mut line = [0; 100];
    while ends > 0 {
        match read(STDIN, &mut line) {
            Ok(0) => {
                ends -= 1;
                println!("End of file.");
            }
            Ok(count) => {
                let line = line[..count].escape_ascii();
                let interrupts = caught(SIGINT);
                println!("Read {line} after {interrupts} interrupts.");
            }
            Err(refused) if refused.errno() == Some(Errno::EINTR) => {
                let (interrupts, resizes) = (caught(SIGINT), caught(SIGWINCH));
                let (rows, columns) = size(STDIN)?;
                println!(
                    "{interrupts} interrupts, {resizes} resizes: {rows} rows, {columns} columns."
                );
            }
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(())
}

/// As they are typed.
fn keys(least: u8, tenths: u8) -> Outcome {
    let before = Settings::of(STDIN)?;
    before.with_keys(least, tenths).apply(STDIN)?;
    println!("Keys, please.\r");
    let mut last = 0;
    while last != b'q' {
        let mut keys = [0; 8];
        let count = read(STDIN, &mut keys)?;
        let all = keys[..count].escape_ascii();
        println!("Got {all}\r");
        last = keys[count.saturating_sub(1)];
    }
    before.apply(STDIN)?;
    println!("Done.");
    Ok(())
}

pagewalk_user_programs::program!(run);
