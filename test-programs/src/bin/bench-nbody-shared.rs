//! The n-body simulation, data in the page of the code.
#![cfg_attr(target_os = "none", no_std, no_main)]

pagewalk_test_programs::bench!(nbody);
