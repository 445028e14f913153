//! What the test programs share.

pub(crate) mod cases;

/// The number of cases to run: an environment variable, or its default.
pub(crate) fn count(variable: &str, default: u32) -> u32 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is not a number")),
        Err(_) => default,
    }
}
