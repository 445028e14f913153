//! Prints a line and ends well. Also the measure of what starting costs.
#![cfg_attr(target_os = "none", no_std, no_main)]

fn program() -> u64 {
    pagewalk_test_programs::println!("Hello from a bare-metal hart!");
    0
}

pagewalk_test_programs::entry!(program);
