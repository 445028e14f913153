//! Svadu and Svade: A and D bits.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("ssvadu-update.S");
