//! Two processes of one program execute the same frames.
//!
//! Rule: Pages of a file are shared between processes.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::ffi::CStr;

use pagewalk_user_programs::pagewalk::{self, Place};
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{exhibit, format, image, process};

exhibit!(TABLE, 1);

/// A page of data, which nobody shares with a program that was started anew.
static DATA: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(1);

/// Where text, constants and data of this process are.
fn places() -> Option<[Place; 3]> {
    // A page must have been touched to be anywhere.
    core::hint::black_box(Region::of_constants(&TABLE).peek(0));
    DATA.store(2, core::sync::atomic::Ordering::Relaxed);
    let text = run as *const () as usize;
    let constants = TABLE.as_ptr() as usize;
    let data = DATA.as_ptr() as usize;
    Some([
        pagewalk::place(text)?,
        pagewalk::place(constants)?,
        pagewalk::place(data)?,
    ])
}

fn run(arguments: &Arguments) -> Outcome {
    match arguments.count() {
        1 => first(arguments),
        4 => second(arguments),
        _ => pagewalk_user_programs::fail!("I take no arguments"),
    }
}

/// Starts this program again, and tells it where the first one is.
fn first(arguments: &Arguments) -> Outcome {
    // What is locked stays where it is while the second one looks.
    let stays = image::settle(arguments).is_ok() && Region::of_constants(&TABLE).lock().is_ok();
    let Some(places) = places().filter(|_| stays) else {
        skip(
            "frames of text and data",
            "/proc/self/pagemap, and frames for what is compared",
        );
        return process::child(|| run_again(&[c"-"; 3]))?.success();
    };
    let [text, constants, data] = places;
    println!("First: my instructions are in {text}, constants in {constants}, data in {data}.");
    let words = places.map(|place| format!("{place}\0"));
    let [text, constants, data] = words
        .each_ref()
        .map(|word| CStr::from_bytes_with_nul(word.as_bytes()).unwrap_or(c"-"));
    process::child(|| run_again(&[text, constants, data]))?.success()
}

fn run_again(words: &[&CStr; 3]) -> Outcome {
    let [text, constants, data] = *words;
    process::start_anew(&[c"text-sharing", text, constants, data])?;
    skip(
        "a second process of this program",
        "a kernel that can start it",
    );
    Ok(())
}

/// Compares its own frames with those of the first.
fn second(arguments: &Arguments) -> Outcome {
    let theirs = [1, 2, 3].map(|index| arguments.get(index).unwrap_or("-"));
    let Some(places) = places().filter(|_| theirs[0] != "-") else {
        println!("Second: I run, too, from the same file.");
        return Ok(());
    };
    let [text, constants, data] = places.map(|place| format!("{place}"));
    println!("Second: my instructions are in {text}, constants in {constants}, data in {data}.");
    check_eq!(text, theirs[0], "the frame of the instructions");
    check_eq!(constants, theirs[1], "the frame of the constants");
    check!(data != theirs[2], "the frame of the data is shared");
    Ok(())
}

pagewalk_user_programs::program!(run);
