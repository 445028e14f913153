//! A benchmark as a bare-metal program: it runs one workload and prints its report.

#[cfg(target_os = "none")]
use core::{
    hint::black_box,
    sync::atomic::{AtomicU64, Ordering},
};

#[cfg(target_os = "none")]
use pagewalk_workloads::{Reading, UNITS_MARK, USUAL_UNITS, Workload};

/// How many units to do: a word in the file that others may overwrite, since a
/// bare-metal program gets no arguments.
#[cfg(target_os = "none")]
#[repr(C)]
struct Units {
    mark: [u8; 16],
    number: AtomicU64,
}

#[cfg(target_os = "none")]
static UNITS: Units = Units {
    mark: UNITS_MARK,
    number: AtomicU64::new(USUAL_UNITS),
};

/// Runs a workload and reports; returns the exit status.
#[cfg(target_os = "none")]
#[must_use]
pub fn run(workload: &Workload) -> u64 {
    // The compiler believes that it knows this number.
    let Units { number, .. } = black_box(&UNITS);
    let units = match number.load(Ordering::Relaxed) {
        USUAL_UNITS => workload.units,
        other => other,
    };
    let clock = || Reading {
        instructions: Some(crate::counters::instret()),
        nanoseconds: None,
    };
    let report = workload.run(units, &clock, crate::runtime::memory, None);
    crate::println!("{report}");
    u64::from(!report.is_right())
}

/// Makes a program of a workload, named as its module in [`pagewalk_workloads`].
///
/// On a host, where the same workloads are rows of the program `bench`, it says so.
#[macro_export]
macro_rules! bench {
    ($workload:ident) => {
        #[cfg(target_os = "none")]
        fn program() -> u64 {
            $crate::bench::run(&$crate::workloads::$workload::WORKLOAD)
        }
        #[cfg(target_os = "none")]
        $crate::program!(Htif, program, None);

        #[cfg(not(target_os = "none"))]
        fn main() {
            eprintln!("this is a guest program: on a host, type `cargo xtask bench`");
            std::process::exit(2);
        }
    };
}
