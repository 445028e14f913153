//! Printing. Each call of a macro is one `write`, if its text is not very long, so
//! that lines of several processes do not mix.

use core::fmt::{self, Write};

use crate::file;

/// Bytes that are written at once.
const BUFFER: usize = 256;

/// Standard output.
pub const STDOUT: i32 = 1;
/// Standard error.
pub const STDERR: i32 = 2;

struct Stream {
    descriptor: i32,
    used: usize,
    buffer: [u8; BUFFER],
}

impl Stream {
    fn flush(&mut self) {
        let mut rest = &self.buffer[..self.used];
        while !rest.is_empty() {
            match file::write_to(self.descriptor, rest) {
                // Nobody listens: a program does not end for that.
                Ok(0) | Err(_) => break,
                Ok(written) => rest = &rest[written..],
            }
        }
        self.used = 0;
    }
}

impl Write for Stream {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.used == BUFFER {
                self.flush();
            }
            self.buffer[self.used] = byte;
            self.used += 1;
        }
        Ok(())
    }
}

/// What `print!` and its relatives call.
#[doc(hidden)]
pub fn print(descriptor: i32, text: fmt::Arguments<'_>) {
    let mut stream = Stream {
        descriptor,
        used: 0,
        buffer: [0; BUFFER],
    };
    // Writing to the buffer cannot fail; a `Display` that fails leaves the text
    // short: visible enough.
    let _ = stream.write_fmt(text);
    stream.flush();
}

/// Prints on standard output, like `std::print!`.
#[macro_export]
macro_rules! print {
    ($($argument:tt)*) => {
        $crate::console::print($crate::console::STDOUT, format_args!($($argument)*))
    };
}

/// Prints a line on standard output, like `std::println!`.
#[macro_export]
macro_rules! println {
    ($($argument:tt)*) => {
        $crate::console::print(
            $crate::console::STDOUT,
            format_args!("{}\n", format_args!($($argument)*)),
        )
    };
}

/// Prints a line on standard error, like `std::eprintln!`.
#[macro_export]
macro_rules! eprintln {
    ($($argument:tt)*) => {
        $crate::console::print(
            $crate::console::STDERR,
            format_args!("{}\n", format_args!($($argument)*)),
        )
    };
}
