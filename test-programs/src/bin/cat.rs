//! Copies what comes in at the serial port to where it came from, until Ctrl-D.
//! It sleeps while there is nothing.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use pagewalk_test_programs::board::{
        plic::Context,
        trap,
        uart::{self, read_byte, write_byte},
        wait_for_interrupt,
    };

    const MACHINE: Context = Context::machine(0);

    /// Ends the copy: Ctrl-D.
    const END: u8 = 0x04;

    pub(crate) fn program() -> u64 {
        MACHINE.take_only(uart::SOURCE);
        trap::enable(trap::EXTERNAL);
        uart::interrupt_when_received();
        b"> ".iter().for_each(|byte| write_byte(*byte));
        loop {
            match read_byte() {
                Some(END) => return 0,
                Some(byte) => write_byte(byte),
                None => sleep(),
            }
        }
    }

    /// Waits for an interrupt without taking a trap.
    fn sleep() {
        wait_for_interrupt();
        if let Some(source) = MACHINE.claim() {
            MACHINE.complete(source);
        }
    }
}

pagewalk_test_programs::board!(guest::program);
