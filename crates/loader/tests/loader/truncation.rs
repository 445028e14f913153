//! A file that was cut short is refused wherever it was cut.

use pagewalk_loader::{Problem, Program};

use crate::builder::*;
use crate::invariants;

#[test]
fn truncation_at_every_byte_is_an_error() {
    let bytes = Elf::good().build();
    for length in 0..bytes.len() {
        let error = Program::parse("test.elf", &bytes[..length]).expect_err(&format!(
            "{length} of {} bytes are not a program",
            bytes.len()
        ));
        invariants::check_message(&error.to_string());
        match (length, error.problem) {
            (0, Problem::Empty) => {}
            (
                1..,
                Problem::OutsideFile {
                    part,
                    offset,
                    size,
                    file_size,
                },
            ) => {
                assert_eq!(file_size, length as u64);
                assert!(offset + size > file_size, "{part} would have been there");
            }
            (_, problem) => panic!("{length} bytes: {problem}"),
        }
    }
    assert!(invariants::check(&bytes));
}

#[test]
fn truncation_of_a_stripped_file_is_an_error() {
    let bytes = Elf {
        sections: false,
        ..Elf::good()
    }
    .build();
    for length in 0..bytes.len() {
        assert!(
            !invariants::check(&bytes[..length]),
            "{length} of {} bytes",
            bytes.len()
        );
    }
    assert!(invariants::check(&bytes));
}

#[test]
fn bytes_behind_the_end_do_not_matter() {
    let mut bytes = Elf::good().build();
    bytes.extend([0xa5; 100]);
    assert!(invariants::check(&bytes));
}
