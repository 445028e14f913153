//! How a program is run: bare on the board, or as a process.

use std::fmt;

use clap::ValueEnum;
use pagewalk_machine::loader::{Program, Segment};
use pagewalk_machine::{Config as Board, RAM_BASE};

/// How the user wants a program to be run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum As {
    /// Bare metal: it has the board for itself, and begins in M-mode
    Bare,
    /// User program: it makes system calls, and a kernel serves them
    User,
}

/// How a program is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum How {
    /// On the board itself, in M-mode.
    Bare,
    /// On a kernel of ours, in U-mode.
    User,
    /// Not at all.
    Impossible,
}

/// Why it is run so: the first of these rules that holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// The user said so, with `--as`.
    Asked,
    /// It asks for a dynamic linker (`PT_INTERP`), by this path.
    Interpreter(String),
    /// It has the symbol `tohost`.
    Tohost,
    /// This segment begins in the RAM of the board.
    SegmentInRam(u16),
    /// No other rule holds.
    NothingInRam,
}

/// How a program is run, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Classification {
    pub(crate) how: How,
    pub(crate) rule: Rule,
}

/// Decides how a program is run on a board like this.
///
/// Where it begins in memory decides and not where it ends: a program that is
/// too large for the board is still one for the board, and is told so.
pub(crate) fn classify(program: &Program, board: &Board, wanted: Option<As>) -> Classification {
    let in_ram = program.segments.iter().find(|s| begins_in_ram(s, board));
    let (how, rule) = match (wanted, &program.interpreter, program.tohost, in_ram) {
        (Some(As::Bare), ..) => (How::Bare, Rule::Asked),
        (_, Some(path), ..) => (How::Impossible, Rule::Interpreter(path.clone())),
        (Some(As::User), ..) => (How::User, Rule::Asked),
        (None, None, Some(_), _) => (How::Bare, Rule::Tohost),
        (None, None, None, Some(segment)) => (How::Bare, Rule::SegmentInRam(segment.index)),
        (None, None, None, None) => (How::User, Rule::NothingInRam),
    };
    Classification { how, rule }
}

fn begins_in_ram(segment: &Segment, board: &Board) -> bool {
    segment
        .paddr
        .checked_sub(RAM_BASE)
        .is_some_and(|offset| offset < board.memory)
}

impl How {
    /// One word for programs that read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            How::Bare => "bare",
            How::User => "user",
            How::Impossible => "impossible",
        }
    }
}

/// In words that go on from `runs`.
impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            How::Bare => f.write_str("as a bare-metal program"),
            How::User => f.write_str("as a process of the built-in kernel"),
            How::Impossible => f.write_str("not at all"),
        }
    }
}

/// In words that go on from `because`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Asked => f.write_str("--as says so"),
            Rule::Interpreter(path) => write!(
                f,
                "it is dynamically linked and asks for {path}; link it with -static or -static-pie"
            ),
            Rule::Tohost => f.write_str("it has the symbol tohost"),
            Rule::SegmentInRam(index) => {
                write!(f, "segment {index} lies in the RAM of the board")
            }
            Rule::NothingInRam => {
                f.write_str("it has no symbol tohost and no segment in the RAM of the board")
            }
        }
    }
}

impl fmt::Display for Classification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, because {}", self.how, self.rule)
    }
}
