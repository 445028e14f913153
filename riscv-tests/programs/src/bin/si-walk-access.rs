//! Access faults of the page walk.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("si-walk-access.S");
