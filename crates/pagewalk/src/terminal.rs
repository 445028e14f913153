//! What we say to the user ourselves. A closed stderr is no reason to panic,
//! which is what `eprintln!` would do.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use crate::ending;

/// The terminal does nothing with what is printed but show it.
static IS_BARE: AtomicBool = AtomicBool::new(false);

/// Says whether the terminal moves to the left edge at the end of a line by itself, as
/// usual, or whoever prints has to do it.
pub(crate) fn set_bare(is_bare: bool) {
    IS_BARE.store(is_bare, Ordering::Relaxed);
}

/// What ends a line on stderr.
pub(crate) fn line_end() -> &'static str {
    if IS_BARE.load(Ordering::Relaxed) && io::stderr().is_terminal() {
        "\r\n"
    } else {
        "\n"
    }
}

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

/// Prints one line or more on stderr.
pub(crate) fn say_raw(line: fmt::Arguments<'_>) {
    let text = format!("{line}\n").replace('\n', line_end());
    // Nobody listens: there is nobody to tell about it.
    let _ = io::stderr().write_all(text.as_bytes());
}
