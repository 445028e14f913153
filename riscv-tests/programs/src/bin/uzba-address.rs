//! Zba: shift-and-add, with and without zero extension.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uzba-address.S");
