//! How a run ended, and what that means for our exit status.

use std::path::Path;

use pagewalk_machine::PowerSource;
use serde::Serialize;

use crate::file;
use crate::stop::StopReason;

/// Exit status: counters are not what they should be.
pub(crate) const UNEXPECTED: u8 = 1;
/// Exit status: a file or the command line is wrong.
pub(crate) const BAD_INPUT: u8 = 2;
/// Exit status: the guest can make no progress.
const VERDICT: u8 = 3;
/// Exit status: instructions or time are used up.
const LIMIT: u8 = 4;
/// Exit status: the guest's own one does not fit 8 bits.
const TOO_LARGE: u8 = 255;
/// Exit status: nobody reads stdout, as shells show SIGPIPE.
pub(crate) const OUTPUT_CLOSED: u8 = SIGNALLED + 13;
/// Added to the number of a signal, as shells do.
const SIGNALLED: u8 = 128;

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// The guest ended it with this status.
    Guest { source: PowerSource, code: u64 },
    /// The guest can make no progress.
    Verdict,
    /// `--max-instructions`.
    Budget,
    /// `--timeout`.
    Timeout,
    /// A signal, by number.
    Signal(u8),
    /// The user, by Ctrl-A x.
    Quit,
    /// `--until`.
    Printed,
    /// Nobody reads stdout any more.
    OutputClosed,
    /// `--expect` did not come true.
    Unexpected,
}

impl Ending {
    /// Our exit status. Only a guest that says so ends with 0, or a user who
    /// says so in its place.
    pub(crate) fn status(self) -> u8 {
        match self {
            Ending::Guest { code, .. } => u8::try_from(code).unwrap_or(TOO_LARGE),
            Ending::Verdict => VERDICT,
            Ending::Budget | Ending::Timeout => LIMIT,
            Ending::Signal(number) => signalled(number),
            Ending::Quit | Ending::Printed => 0,
            Ending::OutputClosed => OUTPUT_CLOSED,
            Ending::Unexpected => UNEXPECTED,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Ending::Guest { source, .. } => match source {
                PowerSource::Finisher => "finisher",
                PowerSource::Htif => "htif",
            },
            Ending::Verdict => "verdict",
            Ending::Budget => "budget",
            Ending::Timeout => "timeout",
            Ending::Signal(_) => "interrupt",
            Ending::Quit => "quit",
            Ending::Printed => "until",
            Ending::OutputClosed => "output",
            Ending::Unexpected => "expect",
        }
    }
}

impl From<StopReason> for Ending {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Signal(number) => Ending::Signal(number),
            StopReason::Timeout => Ending::Timeout,
            StopReason::Quit => Ending::Quit,
            StopReason::Printed => Ending::Printed,
        }
    }
}

/// The exit status of a process that a signal ended.
pub(crate) fn signalled(number: u8) -> u8 {
    SIGNALLED.saturating_add(number)
}

/// What `--status-file` holds.
#[derive(Serialize)]
struct Status {
    source: &'static str,
    /// The guest's status in full.
    code: u64,
    /// The exit status of our process.
    status: u8,
    /// What kept the program from running.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Writes how a run ended, or why it did not begin.
pub(crate) fn write_status(path: &Path, result: &anyhow::Result<Ending>) -> anyhow::Result<()> {
    let status = match result {
        Ok(ending) => Status {
            source: ending.source(),
            code: match ending {
                Ending::Guest { code, .. } => *code,
                _ => ending.status().into(),
            },
            status: ending.status(),
            message: None,
        },
        Err(error) => Status {
            source: "error",
            code: BAD_INPUT.into(),
            status: BAD_INPUT,
            message: Some(format!("{error:#}")),
        },
    };
    let mut text = serde_json::to_string(&status)?;
    text.push('\n');
    file::write_atomically(path, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_never_becomes_success() {
        for (code, status) in [
            (0, 0),
            (1, 1),
            (255, 255),
            (256, 255),
            (512, 255),
            (1 << 32, 255),
            (u64::MAX, 255),
        ] {
            let source = PowerSource::Htif;
            assert_eq!(Ending::Guest { source, code }.status(), status, "{code}");
        }
        let others = [
            Ending::Verdict,
            Ending::Budget,
            Ending::Timeout,
            Ending::Signal(2),
            Ending::OutputClosed,
        ];
        assert_eq!(others.map(Ending::status), [3, 4, 4, 130, 141]);
    }
}
