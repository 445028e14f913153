//! Environment calls, breakpoints and access faults.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("mi-exceptions.S");
