//! Stores to code, with fence.i and without (Zifencei, Ziccid).
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("ui-fetch.S");
