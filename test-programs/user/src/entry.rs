//! From the initial stack to the program, and from its result to the exit status.
#![allow(
    unsafe_code,
    reason = "the initial stack is memory that the kernel made"
)]

use core::ffi::{CStr, c_char};

use crate::error::{Failure, Outcome};
use pagewalk_guest_abi::flags;

/// What a process is started with: the words at the top of its stack.
///
/// ```text
/// sp → argc │ argv[0] … argv[argc-1] │ 0 │ envp[0] … │ 0 │ type, value … │ 0, 0
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Arguments {
    stack: *const usize,
}

impl Arguments {
    /// The word `index` of the initial stack.
    fn word(&self, index: usize) -> usize {
        // SAFETY: callers stop at the ends that the kernel wrote; nobody writes
        // to this memory.
        unsafe { *self.stack.add(index) }
    }

    fn text(&self, index: usize) -> &'static str {
        // SAFETY: the word points to a string that ends with a zero, above the
        // words, and stays for ever.
        let text = unsafe { CStr::from_ptr(self.word(index) as *const c_char) };
        text.to_str().unwrap_or("(not UTF-8)")
    }

    /// How many arguments there are, the name of the program included.
    pub fn count(&self) -> usize {
        self.word(0)
    }

    /// The argument `index`; number 0 is the name of the program.
    pub fn get(&self, index: usize) -> Option<&'static str> {
        (index < self.count()).then(|| self.text(1 + index))
    }

    /// The argument `index` as a number.
    ///
    /// # Errors
    ///
    /// If it is there and is not a number.
    pub fn number(&self, index: usize, or_else: u64) -> Outcome<u64> {
        let Some(text) = self.get(index) else {
            return Ok(or_else);
        };
        let bad = |_| Failure(crate::format!("argument {index}: `{text}` is not a number"));
        text.parse().map_err(bad)
    }

    /// The strings of the environment, each `NAME=value`.
    pub fn environment(&self) -> impl Iterator<Item = &'static str> {
        let (arguments, first) = (*self, self.count() + 2);
        (first..)
            .take_while(move |index| arguments.word(*index) != 0)
            .map(move |index| arguments.text(index))
    }

    /// The value of `kind` in the auxiliary vector.
    pub fn auxiliary(&self, kind: u64) -> Option<usize> {
        let first = self.count() + 2 + self.environment().count() + 1;
        (first..)
            .step_by(2)
            .map(|index| (self.word(index) as u64, index + 1))
            .take_while(|(found, _)| *found != flags::AT_NULL)
            .find_map(|(found, value)| (found == kind).then(|| self.word(value)))
    }

    /// Where all of this stands: near the top of the stack.
    pub fn address(&self) -> usize {
        self.stack as usize
    }
}

/// A program: it tells its story, checks itself, and returns.
pub type Program = fn(&Arguments) -> Outcome;

/// Makes a [`Program`] the main function: on the guest the one that the start code
/// calls; a host says that it cannot run it.
#[macro_export]
macro_rules! program {
    ($program:ident) => {
        #[cfg(target_os = "none")]
        #[allow(
            unsafe_code,
            reason = "the start code knows this static by a fixed name"
        )]
        const _: () = {
            // SAFETY: a program has one entry, with the type that the runtime
            // declares.
            #[unsafe(export_name = "pagewalk_program")]
            static PROGRAM: $crate::entry::Program = $program;
        };

        #[cfg(not(target_os = "none"))]
        fn main() {
            let _: $crate::entry::Program = $program;
            eprintln!("this is a process for the guest kernel: type `pagewalk run PROGRAM`");
            std::process::exit(2);
        }
    };
}

#[cfg(target_os = "none")]
mod guest {
    use super::{Arguments, Program};
    use crate::process::exit;

    /// Exit status after a panic, as the standard library has it.
    const STATUS_PANIC: u8 = 101;

    // SAFETY: `program!` defines this static, once a program, with this type, and
    // it never changes.
    unsafe extern "Rust" {
        #[link_name = "pagewalk_program"]
        safe static PROGRAM: Program;
    }

    pub(crate) extern "C" fn start(stack: *const usize) -> ! {
        let arguments = Arguments { stack };
        exit(crate::entry::status(PROGRAM(&arguments)))
    }

    #[panic_handler]
    fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
        crate::eprintln!("{info}");
        exit(STATUS_PANIC)
    }
}
#[cfg(target_os = "none")]
pub(crate) use guest::start;

/// The exit status that belongs to a result; a failure is told on the way.
pub(crate) fn status(outcome: Outcome) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(failure) => {
            crate::eprintln!("FAILED: {failure}");
            1
        }
    }
}
