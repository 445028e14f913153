//! A function that is written while the program runs.
#![allow(unsafe_code, reason = "calls instructions that were written as data")]

use pagewalk_guest_abi::{Syscall, flags};

use crate::error::Answer;
use crate::kernel::ask;
use crate::memory::{Prot, Region, Sharing};

/// A function of two instructions, in a page that can be written and executed.
#[derive(Debug)]
pub struct Code(Region);

impl Code {
    /// One that returns 0.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    pub fn new() -> Answer<Code> {
        let all = Prot(flags::PROT_READ | flags::PROT_WRITE | flags::PROT_EXEC);
        let mut code = Code(Region::map(1, all, Sharing::Private)?);
        code.write(0)?;
        Ok(code)
    }

    /// Makes it return `result` from now on.
    ///
    /// # Errors
    ///
    /// What the kernel says.
    ///
    /// # Panics
    ///
    /// If `result` is not less than 2048.
    pub fn write(&mut self, result: u16) -> Answer {
        assert!(result < 2048, "addi takes 12 bits with a sign");
        let (addi, ret) = (u64::from(result) << 20 | 0x513, 0x8067);
        self.0.store(0, ret << 32 | addi);
        let (start, end) = (self.0.start() as u64, self.0.end() as u64);
        // SAFETY: it changes nothing but what instruction fetches see.
        unsafe { ask(Syscall::RiscvFlushIcache, [start, end, 0]) }
    }

    /// Calls it.
    pub fn call(&self) -> u64 {
        // SAFETY: the page begins with a whole function of this type: `addi a0, zero,
        // RESULT`, `ret`.
        let function: extern "C" fn() -> u64 = unsafe { core::mem::transmute(self.0.start()) };
        function()
    }
}
