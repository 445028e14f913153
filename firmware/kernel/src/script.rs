//! Scripts: files that begin with `#!` and the name of the program that reads them.
//!
//! Source: Linux, fs/binfmt_script.c; execve(2), "Interpreter scripts".

use alloc::vec::Vec;

/// The beginning of a file that is looked at.
pub const LOOK: usize = 256;

/// Scripts that are read by scripts, one behind the other.
pub const MOST: usize = 5;

/// What the first line of a script says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Script {
    /// The program that reads it.
    pub interpreter: Vec<u8>,
    /// What it gets besides the name of the script: all the rest of the line.
    pub argument: Option<Vec<u8>>,
}

/// Reads the first bytes of a file, as far as there are, at most [`LOOK`]; `None` if it
/// is no script that can be run.
pub fn parse(bytes: &[u8]) -> Option<Script> {
    let line = bytes.strip_prefix(b"#!")?;
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let end = line.iter().position(|byte| matches!(byte, b'\n' | 0));
    let is_cut = end.is_none() && bytes.len() >= LOOK;
    let line = &line[..end.unwrap_or(line.len())];
    let start = line.iter().position(|byte| !is_blank(byte))?;
    let line = &line[start..];
    let (interpreter, rest) = match line.iter().position(is_blank) {
        Some(end) => line.split_at(end),
        // Who knows what the name would be.
        None if is_cut => return None,
        None => (line, &[][..]),
    };
    let first = rest.iter().position(|byte| !is_blank(byte));
    let last = rest.iter().rposition(|byte| !is_blank(byte));
    let argument = first
        .zip(last)
        .map(|(first, last)| rest[first..=last].to_vec());
    Some(Script {
        interpreter: interpreter.to_vec(),
        argument,
    })
}

impl Script {
    /// The arguments of the interpreter, for a script at `path` that was to be run with
    /// `argv`.
    pub fn arguments(&self, path: &[u8], argv: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut new = alloc::vec![self.interpreter.clone()];
        new.extend(self.argument.clone());
        new.push(path.to_vec());
        new.extend(argv.iter().skip(1).cloned());
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        parse(bytes).map(|script| (script.interpreter, script.argument))
    }

    #[test]
    fn the_first_line_says_who_reads_it() {
        assert_eq!(read(b"#!/bin/sh\necho"), Some((b"/bin/sh".to_vec(), None)));
        assert_eq!(read(b"#! \t/bin/sh"), Some((b"/bin/sh".to_vec(), None)));
        let awk = (b"/bin/awk".to_vec(), Some(b"-v x=1 -f".to_vec()));
        assert_eq!(read(b"#!/bin/awk  -v x=1 -f \t\n{}"), Some(awk));
        for nothing in [&b"echo"[..], b"#", b"#!", b"#!  \n/bin/sh", b"\x7fELF"] {
            assert_eq!(read(nothing), None);
        }
    }

    #[test]
    fn a_name_that_is_cut_off_is_none() {
        let mut long = b"#!/".to_vec();
        long.resize(LOOK, b'x');
        assert_eq!(read(&long), None);
        *long.last_mut().unwrap() = b'\n';
        assert!(read(&long).is_some());
        long[200] = b' ';
        *long.last_mut().unwrap() = b'x';
        assert!(read(&long).is_some(), "only the argument is cut off");
    }

    #[test]
    fn arguments_are_put_before_the_old_ones() {
        let script = parse(b"#!/bin/sh -e").unwrap();
        let argv = [b"name".to_vec(), b"one".to_vec()];
        let new = script.arguments(b"/tmp/script", &argv);
        let expected = [&b"/bin/sh"[..], b"-e", b"/tmp/script", b"one"];
        assert_eq!(new, expected);
        assert_eq!(script.arguments(b"x", &[]).len(), 3);
    }
}
