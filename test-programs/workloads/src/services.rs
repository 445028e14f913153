//! What workloads ask of a kernel.

/// The services of a kernel, as processes get them. A front end panics where its
/// kernel refuses one.
pub trait Services {
    /// The number of the parent process (`getppid`).
    fn parent(&mut self) -> u64;

    /// Makes a child that ends at once with this status, waits for its end, and
    /// returns the status that it had (`fork`, `exit`, `wait`).
    fn child(&mut self, status: u8) -> u8;

    /// Lends new memory of so many pages to `work`, then gives it back (`mmap`,
    /// `munmap`). None of the pages has been touched; they are not to be huge ones.
    fn with_pages(&mut self, pages: usize, work: &mut dyn FnMut(&mut [u64]));

    /// Writes a function that returns `result` over the one that this wrote before,
    /// makes instruction fetches see that, and calls it. `result` is less than 2048.
    fn rewrite(&mut self, result: u16) -> u64;
}

/// A kernel of a few lines, for the tests.
#[cfg(test)]
pub(crate) mod fake {
    use super::Services;
    use crate::{Reading, Workload};

    struct Fake {
        /// From this question on the answers are wrong.
        left_until_lie: Option<u32>,
    }

    impl Fake {
        fn answer(&mut self, right: u64) -> u64 {
            let Some(left) = &mut self.left_until_lie else {
                return right;
            };
            *left = left.saturating_sub(1);
            if *left == 0 { right ^ 1 } else { right }
        }
    }

    impl Services for Fake {
        fn parent(&mut self) -> u64 {
            self.answer(7)
        }

        fn child(&mut self, status: u8) -> u8 {
            self.answer(status.into()) as u8
        }

        fn with_pages(&mut self, pages: usize, work: &mut dyn FnMut(&mut [u64])) {
            let mut memory = vec![0; pages * 512];
            memory[512] = self.answer(0);
            work(&mut memory);
        }

        fn rewrite(&mut self, result: u16) -> u64 {
            self.answer(result.into())
        }
    }

    /// The digests of a run if all answers are right, and if the third is not.
    pub(crate) fn digests(workload: &Workload) -> (u64, u64) {
        let digest = |left_until_lie| {
            let mut fake = Fake { left_until_lie };
            let report = workload.run(4, &Reading::default, |_| &mut [], Some(&mut fake));
            report.digest().expect("a digest")
        };
        (digest(None), digest(Some(3)))
    }
}
