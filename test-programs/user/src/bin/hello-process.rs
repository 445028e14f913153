//! A process says hello, and what it was started with.
//!
//! Rule: A process starts with arguments, an environment and a stack.
#![cfg_attr(target_os = "none", no_std, no_main)]

use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{abi, memory, process};

fn run(arguments: &Arguments) -> Outcome {
    println!("Hello from process {}!", process::pid());
    for index in 0..arguments.count() {
        println!("argv[{index}] = {}", arguments.get(index).unwrap_or(""));
    }
    let variables = arguments.environment().count();
    println!("It has {variables} environment variables.");
    let stack = arguments.address();
    println!("Its stack began at {stack:#x}.");
    check!(arguments.count() >= 1, "a program has a name");
    check!(stack.is_multiple_of(16), "the stack is aligned to 16 bytes");
    let page = arguments.auxiliary(abi::flags::AT_PAGESZ);
    check_eq!(
        page,
        Some(memory::PAGE),
        "the size of a page in the auxiliary vector"
    );
    Ok(())
}

pagewalk_user_programs::program!(run);
