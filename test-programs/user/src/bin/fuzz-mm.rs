//! Thousands of random operations on memory, compared with a model. Arguments: seed
//! (1), rounds (2000), and how many times it has started itself (0).
//!
//! > Then, it resumes the process which was interrupted by the PageFault, which
//! > doesn't notice nary a thing of these happenings. To it, it appears as if its
//! > memory access succeeded without a hitch.
#![cfg_attr(target_os = "none", no_std, no_main)]

use core::ffi::CStr;
use core::ops::Range;

use pagewalk_user_programs::abi::Errno;
use pagewalk_user_programs::abi::signal::{SEGV_ACCERR, SEGV_MAPERR};
use pagewalk_user_programs::file::{self, File};
use pagewalk_user_programs::format;
use pagewalk_user_programs::prelude::*;
use pagewalk_user_programs::process::{self, Child};
use pagewalk_user_programs::random::Random;
use pagewalk_user_programs::segv::{self, Access};

/// Pages in which everything happens.
const PAGES: usize = 96;
/// Pages that one operation concerns at most.
const MOST: usize = 12;
/// Rounds after which all pages are verified.
const OFTEN: usize = 64;
/// Rounds of a child.
const CHILD_ROUNDS: usize = 24;
/// Children that run at the same time.
const MOST_CHILDREN: usize = 3;
/// Programs that start themselves, one from another.
const DEEPEST: u64 = 2;
const DEFAULT_SEED: u64 = 1;
const DEFAULT_ROUNDS: u64 = 2000;

/// What pages are allowed to be.
const RIGHTS: [Prot; 5] = [
    Prot::NONE,
    Prot::READ,
    Prot::READ_WRITE,
    Prot::READ_EXECUTE,
    Prot::EXECUTE,
];

/// What a page should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Page {
    prot: Prot,
    /// What it was filled with; `None` is zeros.
    tag: Option<u64>,
}

impl Page {
    fn may(&self, access: Access) -> bool {
        let needed = match access {
            Access::Load => Prot::READ,
            Access::Store => Prot::READ_WRITE,
            Access::Call => Prot::EXECUTE,
        };
        self.prot.0 & needed.0 == needed.0
    }
}

struct Fuzzer {
    random: Random,
    arena: Region,
    /// What each page of the arena should be; `None` is not mapped.
    model: [Option<Page>; PAGES],
    pipe: (File, File),
    children: Vec<Child>,
    /// Whether there are execute-only pages. Emulators of user programs alone have
    /// none, and know less about pages that cannot be read.
    execute_only: bool,
    /// How many times a program has started itself before this one.
    depth: u64,
    done: Done,
}

/// What was done so far.
#[derive(Clone, Copy, Default)]
struct Done {
    changes: usize,
    writes: usize,
    reads: usize,
    faults: usize,
    copies: usize,
    forks: usize,
    execs: usize,
}

fn run(arguments: &Arguments) -> Outcome {
    let seed = arguments.number(1, DEFAULT_SEED)?;
    let rounds = arguments.number(2, DEFAULT_ROUNDS)? as usize;
    let depth = arguments.number(3, 0)?;
    let mut fuzzer = Fuzzer {
        random: Random::new(seed),
        arena: Region::map(PAGES, Prot::NONE, Sharing::Private)?,
        model: [None; PAGES],
        pipe: file::pipe()?,
        children: Vec::new(),
        execute_only: segv::execute_only_exists()?,
        depth,
        done: Done::default(),
    };
    fuzzer.arena.unmap()?;
    if depth == 0 {
        let (start, end) = (fuzzer.arena.start(), fuzzer.arena.end());
        println!("Seed {seed}: {rounds} random operations in {start:#x} to {end:#x}.");
        if !fuzzer.execute_only {
            skip("loads of execute-only pages", "a machine that has them");
        }
    }
    fuzzer.rounds(rounds, true)?;
    if depth == 0 {
        let done = fuzzer.done;
        println!(
            "{} changes of the map, {} pages filled, {} verified,",
            done.changes, done.writes, done.reads
        );
        println!(
            "{} accesses that had to fail, {} copies by the kernel,",
            done.faults, done.copies
        );
        println!(
            "{} forks, {} programs started: all as the model says.",
            done.forks, done.execs
        );
    }
    Ok(())
}

impl Fuzzer {
    /// So many operations, then a look at everything. Children of children are none.
    fn rounds(&mut self, rounds: usize, with_children: bool) -> Outcome {
        for round in 0..rounds {
            self.step(with_children)?;
            if round % OFTEN == OFTEN - 1 {
                self.verify_all()?;
            }
        }
        self.verify_all()?;
        self.wait_for_children(0)
    }

    fn step(&mut self, with_children: bool) -> Outcome {
        match self.random.below(100) {
            0..10 => self.map(),
            10..15 => self.unmap(),
            15..25 => self.protect(),
            25..30 => self.discard(),
            30..60 => self.write(),
            60..75 => self.read(),
            75..87 => self.forbidden(),
            87..92 => self.copy_from(),
            92..95 => self.copy_to(),
            95..97 => self.ask_in_core(),
            97..99 if with_children => self.fork(),
            99 if with_children && self.depth < DEEPEST => self.exec(),
            _ => self.write(),
        }
    }

    // --- changes of the map ------------------------------------------------------

    fn some_pages(&mut self) -> Range<usize> {
        let count = 1 + self.random.below(MOST);
        let start = self.random.below(PAGES - count + 1);
        start..start + count
    }

    /// Some pages, all of which are mapped; perhaps none.
    fn mapped_pages(&mut self) -> Range<usize> {
        let pages = self.some_pages();
        let mapped = self.model[pages.clone()]
            .iter()
            .take_while(|page| page.is_some());
        pages.start..pages.start + mapped.count()
    }

    fn some_rights(&mut self) -> Prot {
        // Half of all pages can be written, or little would happen.
        match self.random.below(2) {
            0 => Prot::READ_WRITE,
            _ => RIGHTS[self.random.below(RIGHTS.len())],
        }
    }

    fn map(&mut self) -> Outcome {
        let (pages, prot) = (self.some_pages(), self.some_rights());
        self.arena.part(pages.clone()).map_again(prot)?;
        self.model[pages].fill(Some(Page { prot, tag: None }));
        self.done.changes += 1;
        Ok(())
    }

    fn unmap(&mut self) -> Outcome {
        let pages = self.some_pages();
        self.arena.part(pages.clone()).unmap()?;
        self.model[pages].fill(None);
        self.done.changes += 1;
        Ok(())
    }

    fn protect(&mut self) -> Outcome {
        let (pages, prot) = (self.mapped_pages(), self.some_rights());
        if !pages.is_empty() {
            self.arena.part(pages.clone()).protect(prot)?;
            self.done.changes += 1;
        }
        for page in self.model[pages].iter_mut().flatten() {
            page.prot = prot;
        }
        Ok(())
    }

    fn discard(&mut self) -> Outcome {
        let pages = self.mapped_pages();
        if !pages.is_empty() {
            self.arena.part(pages.clone()).discard()?;
            self.done.changes += 1;
        }
        for page in self.model[pages].iter_mut().flatten() {
            page.tag = None;
        }
        Ok(())
    }

    // --- accesses ------------------------------------------------------------------

    /// A page to which an access is allowed, if a few attempts find one.
    fn page_that_may(&mut self, access: Access) -> Option<usize> {
        let mut attempts = (0..8).map(|_| self.random.below(PAGES));
        attempts.find(|index| self.model[*index].is_some_and(|page| page.may(access)))
    }

    fn write(&mut self) -> Outcome {
        if let Some(index) = self.page_that_may(Access::Store) {
            let tag = self.random.next() >> 32;
            self.arena.fill(index, tag);
            self.set_tag(index, Some(tag));
            self.done.writes += 1;
        }
        Ok(())
    }

    fn set_tag(&mut self, index: usize, tag: Option<u64>) {
        if let Some(page) = &mut self.model[index] {
            page.tag = tag;
        }
    }

    fn read(&mut self) -> Outcome {
        if let Some(index) = self.page_that_may(Access::Load) {
            self.verify(index)?;
        }
        Ok(())
    }

    fn verify(&mut self, index: usize) -> Outcome {
        self.done.reads += 1;
        match self.model[index].and_then(|page| page.tag) {
            Some(tag) => self.arena.verify(index, tag),
            None => self.arena.verify_zero(index),
        }
    }

    fn verify_all(&mut self) -> Outcome {
        for index in 0..PAGES {
            if self.model[index].is_some_and(|page| page.may(Access::Load)) {
                self.verify(index)?;
            }
        }
        Ok(())
    }

    /// Whether an access that the model forbids will fail on this machine.
    fn is_forbidden(&self, index: usize, access: Access) -> bool {
        let unreadable = access == Access::Load && !self.execute_only;
        match self.model[index] {
            None => true,
            Some(page) if unreadable && page.prot == Prot::EXECUTE => false,
            Some(page) => !page.may(access),
        }
    }

    /// An access that must fail, with the reason that the model knows.
    fn forbidden(&mut self) -> Outcome {
        let access = [Access::Load, Access::Store, Access::Call][self.random.below(3)];
        let index = self.random.below(PAGES);
        if !self.is_forbidden(index, access) {
            return Ok(());
        }
        let code = match self.model[index] {
            None => SEGV_MAPERR,
            Some(_) => SEGV_ACCERR,
        };
        let address = self.arena.address(index) + self.random.below(PAGE / 8) * 8;
        let fault = segv::attempt(access, address).err();
        let found = fault.map(|fault| (fault.address, fault.code));
        check_eq!(
            found,
            Some((address, code)),
            "{access:?} at {address:#x}: {:?}",
            self.model[index]
        );
        self.done.faults += 1;
        Ok(())
    }

    // --- accesses of the kernel ----------------------------------------------------

    /// The kernel reads from a page: that works if the process may.
    fn copy_from(&mut self) -> Outcome {
        let index = self.random.below(PAGES);
        let page = self.arena.page(index);
        let answer = self.pipe.1.write_from(page, 8);
        self.done.copies += 1;
        if !self.model[index].is_some_and(|page| page.may(Access::Load)) {
            let errno = answer.err().and_then(|refused| refused.errno());
            check_eq!(
                errno,
                Some(Errno::EFAULT),
                "write from {:?}",
                self.model[index]
            );
            return Ok(());
        }
        check_eq!(answer?, 8, "bytes written from page {index}");
        let mut word = [0; 8];
        check_eq!(self.pipe.0.read_full(&mut word)?, 8, "bytes read");
        check_eq!(
            u64::from_le_bytes(word),
            page.load(0),
            "what the kernel found in page {index}"
        );
        Ok(())
    }

    /// The kernel writes to a page: that works if the process may.
    fn copy_to(&mut self) -> Outcome {
        let index = self.random.below(PAGES);
        let page = self.arena.page(index);
        check_eq!(self.pipe.1.write(b"thewords")?, 8, "bytes written");
        let answer = self.pipe.0.read_to(page, 8);
        self.done.copies += 1;
        if !self.model[index].is_some_and(|page| page.may(Access::Store)) {
            let errno = answer.err().and_then(|refused| refused.errno());
            check_eq!(
                errno,
                Some(Errno::EFAULT),
                "read to {:?}",
                self.model[index]
            );
            check_eq!(
                self.pipe.0.read_full(&mut [0; 8])?,
                8,
                "bytes left in the pipe"
            );
            return Ok(());
        }
        check_eq!(answer?, 8, "bytes read to page {index}");
        check_eq!(
            page.load(0).to_le_bytes(),
            *b"thewords",
            "what the kernel wrote"
        );
        let tag = self.random.next() >> 32;
        self.arena.fill(index, tag);
        self.set_tag(index, Some(tag));
        Ok(())
    }

    /// mincore has an answer if all pages are mapped.
    fn ask_in_core(&mut self) -> Outcome {
        let pages = self.some_pages();
        let model = &self.model[pages.clone()];
        let all_mapped = model.iter().all(|page| page.is_some());
        let readable = |page: &Option<Page>| page.is_some_and(|page| page.may(Access::Load));
        if self.execute_only || !all_mapped || model.iter().all(readable) {
            let answer = self.arena.part(pages.clone()).in_core();
            check_eq!(answer.is_ok(), all_mapped, "mincore of pages {pages:?}");
        }
        Ok(())
    }

    // --- processes -------------------------------------------------------------------

    /// A child that goes its own way, from here, while this goes on.
    fn fork(&mut self) -> Outcome {
        let seed = self.random.next();
        let child = process::child(|| {
            self.children.clear();
            self.random = Random::new(seed);
            // The parent uses the pipe meanwhile.
            self.pipe = file::pipe()?;
            self.verify_all()?;
            self.rounds(CHILD_ROUNDS, false)
        })?;
        self.children.push(child);
        self.done.forks += 1;
        self.wait_for_children(MOST_CHILDREN - 1)
    }

    /// A child that starts this program anew.
    fn exec(&mut self) -> Outcome {
        let seed = format!("{}\0", self.random.below(1 << 20));
        let rounds = format!("{CHILD_ROUNDS}\0");
        let depth = format!("{}\0", self.depth + 1);
        let child = process::child(|| {
            let words = [c_string(&seed), c_string(&rounds), c_string(&depth)];
            process::start_anew(&[c"fuzz-mm", words[0], words[1], words[2]])
        })?;
        self.children.push(child);
        self.done.execs += 1;
        self.wait_for_children(MOST_CHILDREN - 1)
    }

    /// Waits until at most so many children are left.
    fn wait_for_children(&mut self, left: usize) -> Outcome {
        while self.children.len() > left {
            self.children.remove(0).success()?;
        }
        Ok(())
    }
}

fn c_string(text: &str) -> &CStr {
    CStr::from_bytes_with_nul(text.as_bytes()).unwrap_or(c"0")
}

pagewalk_user_programs::program!(run);
