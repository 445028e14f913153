//! Svnapot: ranges of 64 KiB.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("ssvnapot-range.S");
