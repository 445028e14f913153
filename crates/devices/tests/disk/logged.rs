//! What is logged.

use std::cell::RefCell;
use std::sync::Once;

use log::{LevelFilter, Log, Metadata, Record};

thread_local! {
    static LOGGED: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Collector;

impl Log for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("[{}] {}", record.level(), record.args());
        LOGGED.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

/// What `action` logs in this thread, a line each, and its result.
pub(crate) fn logged<T>(action: impl FnOnce() -> T) -> (T, Vec<String>) {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Collector).expect("it is the only one");
        log::set_max_level(LevelFilter::Warn);
    });
    LOGGED.take();
    let result = action();
    (result, LOGGED.take())
}
