//! The front end of the host.

use std::env;
use std::process::ExitCode;
use std::time::Instant;

use pagewalk_workloads::{Reading, find};

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (workload, units) = match words[..] {
        [name] => (find(name), None),
        [name, units] => (find(name), Some(units.parse())),
        _ => (None, None),
    };
    let (Some(workload), None | Some(Ok(_))) = (workload, &units) else {
        eprintln!("usage: bench ROW [UNITS], with a row of `cargo xtask bench`");
        return ExitCode::from(2);
    };
    let units = units.and_then(Result::ok).unwrap_or(workload.units);
    let start = Instant::now();
    let clock = || Reading {
        instructions: None,
        nanoseconds: Some(start.elapsed().as_nanos() as u64),
    };
    let memory = |words| vec![0_u64; words].leak();
    let report = workload.run(units, &clock, memory, kernel::services());
    println!("{report}");
    ExitCode::from(u8::from(!report.is_right()))
}

#[cfg(not(unix))]
mod kernel {
    use pagewalk_workloads::Services;

    /// Services of this kind are those of Unix.
    pub(super) fn services() -> Option<&'static mut dyn Services> {
        None
    }
}

#[cfg(unix)]
#[allow(
    unsafe_code,
    reason = "fork, mmap and code that changes are beyond what the library offers"
)]
mod kernel {
    use std::io::Error;
    use std::os::unix::process::parent_id;
    use std::{mem, ptr, slice};

    use pagewalk_workloads::Services;

    const PAGE: usize = 4096;

    pub(super) fn services() -> Option<&'static mut dyn Services> {
        Some(Box::leak(Box::new(Host { code: None })))
    }

    struct Host {
        /// The page of the function, once there is one.
        code: Option<*mut u8>,
    }

    /// Maps new private memory.
    fn map(bytes: usize, rights: i32) -> *mut u8 {
        let how = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: the kernel chooses addresses that are free.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, rights, how, -1, 0) };
        assert!(
            start != libc::MAP_FAILED,
            "mmap: {}",
            Error::last_os_error()
        );
        start.cast()
    }

    impl Services for Host {
        fn parent(&mut self) -> u64 {
            parent_id().into()
        }

        fn child(&mut self, status: u8) -> u8 {
            // SAFETY: this program has one thread, and the child only ends.
            match unsafe { libc::fork() } {
                -1 => panic!("fork: {}", Error::last_os_error()),
                // SAFETY: it does not come back.
                0 => unsafe { libc::_exit(status.into()) },
                child => {
                    let mut word = 0;
                    // SAFETY: the kernel writes to `word`.
                    let waited = unsafe { libc::waitpid(child, &raw mut word, 0) };
                    assert!(waited == child && libc::WIFEXITED(word), "the child ends");
                    libc::WEXITSTATUS(word) as u8
                }
            }
        }

        fn with_pages(&mut self, pages: usize, work: &mut dyn FnMut(&mut [u64])) {
            let bytes = pages * PAGE;
            let start = map(bytes, libc::PROT_READ | libc::PROT_WRITE);
            #[cfg(target_os = "linux")]
            // SAFETY: it changes nothing that a program can see; a kernel without huge
            // pages refuses it, which is as well.
            let _ = unsafe { libc::madvise(start.cast(), bytes, libc::MADV_NOHUGEPAGE) };
            // SAFETY: the memory is new, as long as that, and aligned to a page.
            work(unsafe { slice::from_raw_parts_mut(start.cast(), bytes / 8) });
            // SAFETY: nobody else knows it, and the borrow is over.
            let unmapped = unsafe { libc::munmap(start.cast(), bytes) };
            assert!(unmapped == 0, "munmap: {}", Error::last_os_error());
        }

        fn rewrite(&mut self, result: u16) -> u64 {
            let rights = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
            let place = *self.code.get_or_insert_with(|| map(PAGE, rights));
            let code = function(result);
            // SAFETY: the page is writable, nobody else's, and longer than the code.
            unsafe { ptr::copy_nonoverlapping(code.as_ptr(), place, code.len()) };
            flush(place);
            // SAFETY: the page is executable and begins with a function of this type,
            // which instruction fetches see.
            let function: extern "C" fn() -> u64 = unsafe { mem::transmute(place) };
            function()
        }
    }

    /// `mov eax, RESULT; ret`
    #[cfg(target_arch = "x86_64")]
    fn function(result: u16) -> [u8; 6] {
        let [low, high] = result.to_le_bytes();
        [0xb8, low, high, 0, 0, 0xc3]
    }

    /// x86 sees what it writes.
    #[cfg(target_arch = "x86_64")]
    fn flush(_: *const u8) {}

    /// `movz x0, RESULT; ret`
    #[cfg(target_arch = "aarch64")]
    fn function(result: u16) -> [u8; 8] {
        let words = [0xd280_0000 | u32::from(result) << 5, 0xd65f_03c0];
        let [a, b] = words.map(u32::to_le_bytes);
        [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]]
    }

    /// Arm Architecture Reference Manual, B2.4.4: to the point of unification, then out
    /// of the instruction cache. The function is in one line of both.
    #[cfg(target_arch = "aarch64")]
    fn flush(place: *const u8) {
        // SAFETY: cache maintenance and barriers change no data.
        unsafe {
            core::arch::asm!(
                "dc cvau, {0}", "dsb ish", "ic ivau, {0}", "dsb ish", "isb",
                in(reg) place, options(nostack),
            );
        }
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn function(_: u16) -> [u8; 0] {
        panic!("the code of this host is not known here")
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn flush(_: *const u8) {}
}
