//! What `pagewalk run` takes for programs that run as processes.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use clap::Args;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use pagewalk_guest_abi::option;

use crate::process::{Expectation, Swap, expect, swap};

/// The world of the processes.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Processes")]
pub(crate) struct ProcessArgs {
    /// Frames for pages of processes and files [default: as many as there is RAM for]
    ///
    /// At least 8. Page tables and the kernel itself have memory of their own. With
    /// fewer frames than the program needs, pages are dropped and swapped.
    #[arg(long, value_name = "N", value_parser = parse_frames)]
    pub(crate) frames: Option<u32>,

    /// A disk to swap to: its size, or a file
    ///
    /// A size (64M) is memory of the host, gone after the run. A file is kept; with a
    /// size behind it (FILE,64M) it is created, without one it is used as it is. A
    /// file whose name looks like a size is ./64M.
    #[arg(long, value_name = "SIZE|FILE[,SIZE]", value_parser = swap::parser())]
    pub(crate) swap: Option<Swap>,

    /// The files that processes find: a directory, or a tar archive
    ///
    /// They are read at the start; the kernel never writes to them. Names, modes,
    /// times and links are kept, owners are not. A program that is in there is run
    /// from its place; any other is added as /bin/NAME.
    #[arg(long, value_name = "DIR|TAR")]
    pub(crate) root: Option<PathBuf>,

    /// A variable of the environment; NAME alone takes the value from the host
    ///
    /// Without this the environment is the same on every host: PATH, HOME=/ and
    /// TERM=dumb.
    #[arg(
        long,
        value_name = "NAME[=VALUE]",
        value_parser = OsStringValueParser::new().try_map(parse_variable),
    )]
    pub(crate) env: Vec<Vec<u8>>,

    /// Which page has to go when a frame is needed [default: clock]
    ///
    /// clock: one that was not used since the hand came by (second chance), of a
    /// process that does not run if there is one; fifo: the oldest; random: any, by
    /// --seed.
    #[arg(long, value_name = "POLICY", value_parser = PossibleValuesParser::new(option::EVICT_POLICIES))]
    pub(crate) evict: Option<String>,

    /// What fork does with pages: share them until a write, or copy [default: cow]
    #[arg(long, value_name = "WAY", value_parser = PossibleValuesParser::new(option::FORK_WAYS))]
    pub(crate) fork: Option<String>,

    /// Start one more program, without arguments (several times, if needed)
    ///
    /// All run at the same time, and the run lasts until all have ended. The exit status
    /// is that of the first program.
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) also: Vec<PathBuf>,

    /// Exit with status 1 if a counter is something else at the end
    ///
    /// 'cow_copy==12' or '1:major<3': with ==, !=, <, <=, > or >=, of all processes
    /// together or of one. The names are those that --stats shows. Several times,
    /// if needed.
    #[arg(long, value_name = "[PID:]COUNTER==N", value_parser = expect::parse)]
    pub(crate) expect: Vec<Expectation>,
}

impl ProcessArgs {
    /// The first option that was given.
    pub(crate) fn first(&self) -> Option<&'static str> {
        let given = [
            ("--frames", self.frames.is_some()),
            ("--swap", self.swap.is_some()),
            ("--root", self.root.is_some()),
            ("--env", !self.env.is_empty()),
            ("--evict", self.evict.is_some()),
            ("--fork", self.fork.is_some()),
            ("--also", !self.also.is_empty()),
            ("--expect", !self.expect.is_empty()),
        ];
        let first = given.into_iter().find(|(_, is_given)| *is_given);
        first.map(|(name, _)| name)
    }
}

fn parse_frames(text: &str) -> Result<u32, String> {
    let frames: u32 = text
        .parse()
        .map_err(|_| "a number of frames is expected, 4 KiB each".to_owned())?;
    if frames < option::LEAST_FRAMES {
        return Err(format!(
            "it must be at least {}: one instruction can need 4 pages at once, its own two and two \
             of its operand, and pages that are locked or under way need the rest",
            option::LEAST_FRAMES
        ));
    }
    Ok(frames)
}

fn parse_variable(text: OsString) -> Result<Vec<u8>, String> {
    let name = text.as_bytes();
    if name.is_empty() || name.starts_with(b"=") {
        return Err("a variable has a name: NAME=VALUE".to_owned());
    }
    if name.contains(&b'=') {
        return Ok(text.into_vec());
    }
    let Some(value) = std::env::var_os(&text) else {
        return Err(format!(
            "there is no variable {} to take over; give it a value: NAME=VALUE",
            text.to_string_lossy()
        ));
    };
    Ok([name, b"=", value.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_frames_are_refused_with_the_reason() {
        assert_eq!(parse_frames("8"), Ok(8));
        let error = parse_frames("7").expect_err("too few");
        assert!(error.starts_with("it must be at least 8: one instruction"));
        for bad in ["", "x", "-1", "8M", "99999999999"] {
            assert!(parse_frames(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_have_names() {
        assert_eq!(parse_variable("A=".into()), Ok(b"A=".to_vec()));
        assert_eq!(parse_variable("A=b=c".into()), Ok(b"A=b=c".to_vec()));
        let odd = OsString::from_vec(b"A=\xff\n".to_vec());
        assert_eq!(parse_variable(odd), Ok(b"A=\xff\n".to_vec()));
        let own = parse_variable("CARGO_MANIFEST_DIR".into()).expect("cargo sets it");
        assert!(own.starts_with(b"CARGO_MANIFEST_DIR=/"));
        for bad in ["", "=x", "NO_SUCH_VARIABLE_AT_ALL"] {
            assert!(parse_variable(bad.into()).is_err(), "{bad}");
        }
    }
}
