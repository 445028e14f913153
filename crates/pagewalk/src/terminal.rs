//! What we say to the user ourselves. A closed stderr is no reason to panic,
//! which is what `eprintln!` would do.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;

use crate::ending;

/// Prints a text on stdout; the exit status of a command that has no more to do.
pub(crate) fn print(text: &str) -> anyhow::Result<ExitCode> {
    let mut stdout = io::stdout();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ending::OUTPUT_CLOSED.into()),
        written => {
            written.context("cannot write to stdout")?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Prints a message on stderr, our name before it.
pub(crate) fn say(message: fmt::Arguments<'_>) {
    say_prefix();
    say_raw(message);
}

/// Prints our name on stderr, before a message that somebody else prints.
pub(crate) fn say_prefix() {
    let _ = write!(io::stderr(), "pagewalk: ");
}

/// Prints a line on stderr.
pub(crate) fn say_raw(line: fmt::Arguments<'_>) {
    // Nobody listens: there is nobody to tell about it.
    let _ = writeln!(io::stderr(), "{line}");
}
