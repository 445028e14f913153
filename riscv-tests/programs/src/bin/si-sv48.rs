//! Sv48: the walk and its page faults.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("si-sv48.S");
