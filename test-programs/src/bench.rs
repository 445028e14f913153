//! The frame around one benchmark: run it, check it, print one line.
//!
//! The line is `NAME checksum=0x… instret=…`; on a host, which has no such
//! counter, it lacks the last word. The status is 0 if the checksum is right.

/// A benchmark: always the same work with always the same result.
pub struct Workload {
    /// The name that the line begins with.
    pub name: &'static str,
    /// Does the work, once a program, and digests its result.
    pub run: fn() -> u64,
    /// What `run` returns if every instruction was right. The tests beside
    /// each workload derive it in a second way.
    pub expected: u64,
}

impl Workload {
    /// Runs the workload and reports; returns the exit status.
    #[must_use]
    pub fn report(&self) -> u64 {
        let (checksum, instret) = self.measure();
        let name = self.name;
        match instret {
            Some(instret) => crate::println!("{name} checksum={checksum:#018x} instret={instret}"),
            None => crate::println!("{name} checksum={checksum:#018x}"),
        }
        if checksum == self.expected {
            return 0;
        }
        crate::println!("{name} failed: expected checksum={:#018x}", self.expected);
        1
    }

    #[cfg(target_os = "none")]
    fn measure(&self) -> (u64, Option<u64>) {
        let before = crate::counters::instret();
        let checksum = (self.run)();
        let after = crate::counters::instret();
        (checksum, Some(after.wrapping_sub(before)))
    }

    #[cfg(not(target_os = "none"))]
    fn measure(&self) -> (u64, Option<u64>) {
        ((self.run)(), None)
    }
}

/// Makes a program of a workload, named as in [`crate::workloads`].
#[macro_export]
macro_rules! bench {
    ($workload:ident) => {
        fn program() -> u64 {
            $crate::workloads::$workload::WORKLOAD.report()
        }
        $crate::entry!(program);
    };
}
