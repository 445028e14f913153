//! Messages of the kernel, line by line, on the UART.

/// Writes a line for the log.
macro_rules! log {
    ($($text:tt)*) => {{
        use core::fmt::Write;
        let _ = writeln!($crate::arch::Console, $($text)*);
    }};
}

/// Writes a line for the user.
macro_rules! report {
    ($($text:tt)*) => {
        $crate::console::log!("@report {}", format_args!($($text)*))
    };
}

pub(crate) use {log, report};
