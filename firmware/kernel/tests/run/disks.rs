//! Disks that fail when they are told to.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use pagewalk_machine::SharedDisk;
use pagewalk_machine::disk::{Disk, MemoryDisk};

/// The way of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Read,
    Write,
}

/// Which requests fail; those of each way are counted from zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rule {
    /// None.
    Sound,
    /// This one, and the next attempt succeeds.
    Once(Way, u64),
    /// This one, and all later ones of the same way for the same place.
    Place(Way, u64),
    /// This one and all later ones of the same way.
    From(Way, u64),
}

/// What was asked of a disk so far.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Asked {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) failed: u64,
}

/// A disk in memory with a fault.
#[derive(Debug)]
struct Faulty {
    disk: MemoryDisk,
    rule: Rule,
    /// Where [`Rule::Place`] has struck.
    bad: Option<u64>,
    asked: Rc<RefCell<Asked>>,
}

/// A disk with this content, and how to find out what was asked of it.
pub(crate) fn faulty(bytes: Vec<u8>, rule: Rule) -> (SharedDisk, Rc<RefCell<Asked>>) {
    let asked = Rc::default();
    let disk = Faulty {
        disk: MemoryDisk::new(bytes),
        rule,
        bad: None,
        asked: Rc::clone(&asked),
    };
    (Rc::new(RefCell::new(disk)), asked)
}

impl Faulty {
    fn ask(&mut self, way: Way, offset: u64) -> io::Result<()> {
        let asked = &mut *self.asked.borrow_mut();
        let count = match way {
            Way::Read => &mut asked.reads,
            Way::Write => &mut asked.writes,
        };
        let number = *count;
        *count += 1;
        let fails = match self.rule {
            Rule::Sound => false,
            Rule::Once(which, at) => way == which && number == at,
            Rule::Place(which, at) if way == which && number == at => {
                self.bad = Some(offset);
                true
            }
            Rule::Place(which, _) => way == which && self.bad == Some(offset),
            Rule::From(which, at) => way == which && number >= at,
        };
        if fails {
            asked.failed += 1;
            return Err(io::Error::other("input/output error, on demand"));
        }
        Ok(())
    }
}

impl Disk for Faulty {
    fn size(&self) -> u64 {
        self.disk.size()
    }

    fn is_read_only(&self) -> bool {
        false
    }

    fn read(&mut self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        // What a failing disk leaves behind is nothing that anybody may use.
        out.fill(0xee);
        self.ask(Way::Read, offset)?;
        self.disk.read(offset, out)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.ask(Way::Write, offset) {
            // Half of it has arrived.
            let half = bytes.len() / 1024 * 512;
            self.disk.write(offset, &bytes[..half])?;
            return Err(error);
        }
        self.disk.write(offset, bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.disk.flush()
    }

    fn id(&self) -> &str {
        self.disk.id()
    }
}
