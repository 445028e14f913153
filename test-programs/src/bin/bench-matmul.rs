//! Matrix multiplication, code and data in pages of their own.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_test_programs::bench!(matmul);
