//! Trigger registers without triggers.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("mi-triggers.S");
