//! R, W, X, U, SUM and MXR.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_riscv_test_programs::program!("si-permissions.S");
