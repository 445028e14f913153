//! The log: for people, on stderr, without times, so that two runs of the same
//! program log the same.

use std::io::Write;

use env_logger::{Builder, Env};
use log::LevelFilter;

use crate::terminal::line_end;

/// What is logged if neither `--log` nor `RUST_LOG` says so: a guest that
/// misuses a device should hear of it.
const DEFAULT: &str = "warn";

/// Starts the logger; `filter` is what `--log` says.
pub(crate) fn init(filter: Option<&str>) {
    let mut builder = match filter {
        Some(filter) => {
            let mut builder = Builder::new();
            builder.parse_filters(filter);
            builder
        }
        None => Builder::from_env(Env::default().default_filter_or(DEFAULT)),
    };
    builder.format(|out, record| {
        let level = record.level().as_str().to_ascii_lowercase();
        let end = line_end();
        write!(out, "[{level} {}] {}{end}", record.target(), record.args())
    });
    builder.init();
}

/// Checks a filter: `LEVEL` or `TARGET` or `TARGET=LEVEL`, with commas
/// between, and `/PATTERN` at the end.
pub(crate) fn parse_filter(text: &str) -> Result<String, String> {
    let (directives, _) = text.split_once('/').unwrap_or((text, ""));
    for directive in directives.split(',') {
        let level = match directive.split_once('=') {
            Some((_, level)) => level.trim(),
            None => continue,
        };
        if level.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "`{level}` is no level; there are off, error, warn, info, debug and trace"
            ));
        }
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_checked() {
        for good in ["debug", "guest=warn", "trap=debug,mmu=trace", "info/page"] {
            assert!(parse_filter(good).is_ok(), "{good}");
        }
        for bad in ["trap=loud", "trap=debug,mmu=", "a=b=c"] {
            assert!(parse_filter(bad).is_err(), "{bad}");
        }
    }
}
