//! Copies what comes in at the serial port to where it came from, until Ctrl-D.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use pagewalk_test_programs::board::uart::{read_byte, write_byte};

    /// Ends the copy: Ctrl-D.
    const END: u8 = 0x04;

    pub(crate) fn program() -> u64 {
        b"> ".iter().for_each(|byte| write_byte(*byte));
        loop {
            match read_byte() {
                Some(END) => return 0,
                Some(byte) => write_byte(byte),
                None => core::hint::spin_loop(),
            }
        }
    }
}

pagewalk_test_programs::board!(guest::program);
