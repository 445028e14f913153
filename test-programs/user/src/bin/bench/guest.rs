//! The front end of a process: system calls and nothing else.
#![allow(
    unsafe_code,
    reason = "lends memory of regions that nobody else knows to workloads"
)]

use pagewalk_user_programs::code::Code;
use pagewalk_user_programs::memory::WORDS;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::{meter::Meter, process};
use pagewalk_workloads::{Reading, Services, find};

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let name = arguments.get(1).unwrap_or("");
    let workload = find(name);
    check!(workload.is_some(), "no benchmark is called `{name}`");
    let Some(workload) = workload else {
        return Ok(());
    };
    let units = arguments.number(2, workload.units)?;
    let meter = Meter::new();
    let clock = || Reading {
        instructions: meter.exactly(),
        nanoseconds: process::now().ok().map(|time| time.as_nanos() as u64),
    };
    let memory = |words: usize| {
        // A region has a page at least.
        let region = Region::anonymous(words.div_ceil(WORDS).max(1)).expect("memory");
        &mut lend(region)[..words]
    };
    let mut kernel = Kernel { code: Code::new()? };
    let report = workload.run(units, &clock, memory, Some(&mut kernel));
    println!("{report}");
    check!(report.is_right(), "{name}: a wrong digest");
    Ok(())
}

/// All of a region, for whoever keeps it.
fn lend(region: Region) -> &'static mut [u64] {
    // SAFETY: the caller has just mapped it, readable and writable, and nobody else
    // knows it; any bits are a word. Callers that unmap it have ended the borrow.
    unsafe { core::slice::from_raw_parts_mut(region.start() as *mut u64, region.bytes() / 8) }
}

struct Kernel {
    code: Code,
}

impl Services for Kernel {
    fn parent(&mut self) -> u64 {
        process::parent()
    }

    fn child(&mut self, status: u8) -> u8 {
        let child = process::child(|| process::exit(status)).expect("a child");
        match child.wait().expect("it ends") {
            process::Status::Exited(status) => status,
            other => panic!("the child was {other}"),
        }
    }

    fn with_pages(&mut self, pages: usize, work: &mut dyn FnMut(&mut [u64])) {
        let region = Region::anonymous(pages).expect("memory");
        // A kernel that knows none refuses this, which is as well.
        let _ = region.refuse_huge_pages();
        work(lend(region));
        region.unmap().expect("memory that is mapped");
    }

    fn rewrite(&mut self, result: u16) -> u64 {
        self.code.write(result).expect("the kernel flushes");
        self.code.call()
    }
}
