//! Zabha: atomic memory operations on bytes and halfwords.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("uzabha-amo.S");
