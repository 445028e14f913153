//! What can go wrong: a system call, and a check of a program.

use alloc::string::String;
use core::fmt;

use pagewalk_guest_abi::{Errno, Syscall};

/// A system call that the kernel refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The call.
    pub call: Syscall,
    /// Why, as a number.
    pub number: u64,
}

impl Refused {
    /// Why, if it is an error that has a name here.
    pub fn errno(&self) -> Option<Errno> {
        Errno::from_number(self.number)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (call, number) = (self.call.name(), self.number);
        match self.errno() {
            Some(errno) => write!(f, "{call}: {} ({})", errno.text(), errno.name()),
            None => write!(f, "{call}: error {number}"),
        }
    }
}

/// What a system call answers.
pub type Answer<T = u64> = Result<T, Refused>;

/// Why a program ends with status 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure(pub String);

/// What a program, or a part of it, returns.
pub type Outcome<T = ()> = Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Failure(alloc::format!("{refused}"))
    }
}

/// Ends a function with a [`Failure`] of this text.
#[macro_export]
macro_rules! fail {
    ($($text:tt)*) => {
        return Err($crate::error::Failure($crate::format!($($text)*)))
    };
}

/// Ends a function with a [`Failure`] unless the condition holds.
#[macro_export]
macro_rules! check {
    ($condition:expr, $($text:tt)*) => {
        if !$condition {
            $crate::fail!($($text)*);
        }
    };
}

/// Ends a function with a [`Failure`] that shows both values unless they are equal.
#[macro_export]
macro_rules! check_eq {
    ($found:expr, $expected:expr, $($what:tt)*) => {
        match (&$found, &$expected) {
            (found, expected) if found == expected => {}
            (found, expected) => $crate::fail!(
                "{}: found {found:?}, expected {expected:?}",
                format_args!($($what)*)
            ),
        }
    };
}
