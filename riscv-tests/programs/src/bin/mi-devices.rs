//! Fetches and atomics on device registers.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("mi-devices.S");
