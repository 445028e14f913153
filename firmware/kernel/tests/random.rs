//! Random operations of several processes, against a model that knows nothing of
//! frames: for each page of each space, what may be done with it, and its bytes.
//!
//! Disks finish requests in any order, or fail. Every byte that a process reads is
//! compared, and everything that must always be true is checked after every step.
//! `PAGEWALK_RUNS` makes more runs than the usual ones, `PAGEWALK_SEED` begins at
//! another.

mod world;

use std::collections::BTreeMap;

use pagewalk_kernel::mem::{
    Access, BusCause, Error, Event, IoError, ObjectId, PAGE_SIZE, Page, PageState, Pages, Partial,
    Placement, Policy, Prot, Sharing, SpaceId, Stop, Wait, What, Why,
};
use world::{Ad, World, at, config, disk_byte};

type Bytes = Box<[u8; PAGE_SIZE]>;

/// All that happens is here: two tables of the lowest level have a part of it.
const FIRST: u64 = 0x1d0;
const COUNT: u64 = 96;
const MOST_SPACES: usize = 6;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ self.0 >> 33;
        x.wrapping_mul(0xff51_afd7_ed55_8ccd) >> 20
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What a page shows as long as nobody has written to it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Source {
    Zeros,
    File {
        number: usize,
        index: u64,
        sharing: Sharing,
    },
    Shared {
        key: usize,
        index: u64,
    },
}

impl Source {
    fn is_read_only(self) -> bool {
        matches!(
            self,
            Source::File {
                sharing: Sharing::ReadOnly,
                ..
            }
        )
    }
}

/// A file, as all see it. Its bytes are whole pages: what is written behind the end
/// through memory is there, until the file is cut.
struct ModelFile {
    object: ObjectId,
    size: u64,
    bytes: Vec<u8>,
}

/// Pages that files have at most.
const MOST_FILE_PAGES: u64 = 6;

#[derive(Clone, Debug)]
struct ModelPage {
    prot: Prot,
    source: Source,
    own: Option<Bytes>,
    locked: bool,
    /// Brought in after it was locked: reading needs no disk any more.
    stays: bool,
}

/// What a process is in the middle of.
#[derive(Clone, Debug)]
enum Doing {
    Nothing,
    Access {
        va: u64,
        access: Access,
        value: u64,
    },
    CopyIn {
        va: u64,
        len: usize,
    },
    CopyOut {
        va: u64,
        bytes: Vec<u8>,
    },
    ReadFile {
        number: usize,
        offset: u64,
        len: usize,
    },
    WriteFile {
        number: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    SetFileSize {
        number: usize,
        size: u64,
    },
    Populate(Pages),
    Unshare {
        child: SpaceId,
        model: BTreeMap<u64, ModelPage>,
    },
}

struct Process {
    pages: BTreeMap<u64, ModelPage>,
    doing: Doing,
    waits: Option<Wait>,
}

struct Run {
    w: World,
    random: Random,
    processes: BTreeMap<SpaceId, Process>,
    shared: Vec<Vec<Bytes>>,
    files: Vec<ModelFile>,
    /// Per cent.
    errors: u64,
    failed_writes: usize,
    /// Whether memory can run out.
    scarce: bool,
    stats: BTreeMap<&'static str, u64>,
    /// One thing at a time: disks finish at once.
    orderly: bool,
}

impl Run {
    fn new(seed: u64, ad: Ad, orderly: bool) -> Run {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9) ^ 0x1234_5678);
        let policy = match random.below(4) {
            0 => Policy::Fifo,
            1 => Policy::Random(seed),
            _ => Policy::Clock,
        };
        let mut config = config(8 + random.below(25) as u32, 700);
        config.policy = policy;
        config.asid_bits = [0, 1, 2, 16][random.below(4) as usize];
        let scarce = random.chance(40);
        if scarce {
            config.swap_slots = random.below(40) as u32;
        }
        let tables = if random.chance(20) { 12 } else { 64 };
        let mut w = World::new(&config, tables, ad);
        let lengths = [3 * 4096, 10_000, 1];
        let mut sector = 3;
        let files = lengths.map(|length| {
            let object = w.mm.add_file(sector, length);
            let start = sector * 512;
            let mut bytes: Vec<u8> = (start..start + length).map(disk_byte).collect();
            bytes.resize(MOST_FILE_PAGES as usize * PAGE_SIZE, 0);
            sector += length.div_ceil(512);
            ModelFile {
                object,
                size: length,
                bytes,
            }
        });
        Run {
            w,
            processes: BTreeMap::new(),
            shared: Vec::new(),
            files: files.into(),
            errors: if random.chance(30) { 5 } else { 0 },
            failed_writes: 0,
            scarce: scarce || tables == 12,
            random,
            stats: BTreeMap::new(),
            orderly,
        }
    }

    fn note(&mut self, what: &'static str) {
        *self.stats.entry(what).or_default() += 1;
    }

    fn step(&mut self) {
        self.w.take_requests();
        let requests = self.w.requests.len() as u64;
        if requests > 0 && (self.orderly || self.random.below(4 + requests) < requests) {
            return self.finish_request(requests);
        }
        let ids: Vec<SpaceId> = self.processes.keys().copied().collect();
        if ids.is_empty() || (ids.len() < 3 && self.random.chance(10)) {
            return self.start();
        }
        let id = ids[self.random.below(ids.len() as u64) as usize];
        let process = &self.processes[&id];
        if process.waits.is_some() {
            // Now and then somebody is woken for nothing.
            if !self.orderly && self.random.chance(3) {
                self.go_on(id);
            } else if requests > 0 {
                self.finish_request(requests);
            } else {
                panic!(
                    "{id:?} waits for {:?}, and disks have nothing to do",
                    process.waits
                );
            }
        } else if matches!(process.doing, Doing::Nothing) {
            self.begin(id);
        } else {
            self.go_on(id);
        }
        self.w.check();
    }

    fn finish_request(&mut self, requests: u64) {
        let number = self.random.below(requests) as usize;
        let request = self.w.requests[number].0;
        let result = if self.random.chance(self.errors) {
            Err(IoError)
        } else {
            Ok(())
        };
        self.failed_writes += usize::from(request.write && result.is_err());
        self.note(if result.is_ok() {
            "requests"
        } else {
            "disk errors"
        });
        self.w.complete(number, result);
        for process in self.processes.values_mut() {
            process
                .waits
                .take_if(|waits| *waits == Wait::Any || *waits == Wait::Io(request.id));
        }
    }

    fn start(&mut self) {
        match self.w.mm.create_space() {
            Ok(id) => {
                self.add(id, BTreeMap::new());
                (0..6).for_each(|_| self.map(id));
            }
            Err(error) => assert!(self.scarce && error == Error::NoMemory),
        }
    }

    fn add(&mut self, id: SpaceId, pages: BTreeMap<u64, ModelPage>) {
        let process = Process {
            pages,
            doing: Doing::Nothing,
            waits: None,
        };
        assert!(self.processes.insert(id, process).is_none());
        self.note("processes");
    }

    fn kill(&mut self, id: SpaceId) {
        let process = self.processes.remove(&id).unwrap();
        self.w.mm.destroy(id);
        if let Doing::Unshare { child, .. } = process.doing {
            self.w.mm.destroy(child);
        }
    }

    /// Mostly a page that is mapped.
    fn some_page(&mut self, id: SpaceId) -> u64 {
        let pages = &self.processes[&id].pages;
        match pages.len() as u64 {
            0 => FIRST,
            _ if self.random.chance(3) => FIRST + self.random.below(COUNT),
            count => *pages.keys().nth(self.random.below(count) as usize).unwrap(),
        }
    }

    fn some_pages(&mut self) -> Pages {
        let start = FIRST + self.random.below(COUNT);
        let most = (FIRST + COUNT - start).min(if self.random.chance(20) { COUNT } else { 8 });
        Page(start)..Page(start + 1 + self.random.below(most))
    }

    fn begin(&mut self, id: SpaceId) {
        let page = self.some_page(id);
        match self.random.below(100) {
            0..72 => {
                let access = match self.random.below(40) {
                    0..19 => Access::Load,
                    19..39 => Access::Store,
                    _ => Access::Fetch,
                };
                let va = at(page) + self.random.below(512) * 8;
                let value = self.random.next();
                self.set_doing(id, Doing::Access { va, access, value });
            }
            72..78 => self.use_file(id),
            78..83 => {
                let va = at(page) + self.random.below(4096);
                let len = self.random.below(20_000) as usize;
                if self.random.chance(50) {
                    self.set_doing(id, Doing::CopyIn { va, len });
                } else {
                    let bytes = (0..len).map(|_| self.random.next() as u8).collect();
                    self.set_doing(id, Doing::CopyOut { va, bytes });
                }
            }
            83..87 => self.map(id),
            87..88 => self.unmap(id),
            88..90 => self.protect(id),
            90..91 => self.discard(id),
            91..93 => self.lock(id),
            93..95 => {
                let dormant = self.random.chance(50);
                self.w.mm.set_dormant(id, dormant);
            }
            95..97 => self.fork(id),
            _ if self.random.chance(20) => {
                self.note("exits");
                self.kill(id);
            }
            _ => {}
        }
    }

    fn set_doing(&mut self, id: SpaceId, doing: Doing) {
        self.processes.get_mut(&id).unwrap().doing = doing;
        self.go_on(id);
    }

    fn go_on(&mut self, id: SpaceId) {
        let doing = self.processes[&id].doing.clone();
        let outcome = match doing {
            Doing::Nothing => return,
            Doing::Access { va, access, value } => self.access(id, va, access, value),
            Doing::CopyIn { va, len } => self.copy_in(id, va, len),
            Doing::CopyOut { va, bytes } => self.copy_out(id, va, bytes),
            Doing::ReadFile {
                number,
                offset,
                len,
            } => self.read_file(id, number, offset, len),
            Doing::WriteFile {
                number,
                offset,
                bytes,
            } => self.write_file(id, number, offset, bytes),
            Doing::SetFileSize { number, size } => self.set_file_size(id, number, size),
            Doing::Populate(pages) => self.populate(id, pages),
            Doing::Unshare { child, model } => self.unshare(child, model),
        };
        match outcome {
            Ok(()) => self.processes.get_mut(&id).unwrap().doing = Doing::Nothing,
            Err(Stop::Wait(wait)) => {
                self.note("waits");
                self.w.take_requests();
                let known = match wait {
                    Wait::Any => !self.w.requests.is_empty(),
                    Wait::Io(io) => self.w.requests.iter().any(|(request, _)| request.id == io),
                };
                assert!(known, "{wait:?} is not under way");
                self.processes.get_mut(&id).unwrap().waits = Some(wait);
            }
            Err(stop) => {
                match stop {
                    Stop::OutOfMemory => {
                        self.note("killed, out of memory");
                        assert!(self.scarce || self.failed_writes > 0, "out of memory");
                    }
                    Stop::Bus(_) => {
                        self.note("killed by a disk error");
                        assert!(self.errors > 0, "{stop:?}");
                    }
                    Stop::Segv(_) | Stop::Wait(_) => panic!("{stop:?}"),
                }
                self.kill(id);
            }
        }
    }

    /// How the model answers an access: the bytes that it finds.
    fn expect(&self, id: SpaceId, page: Page, access: Access) -> Result<Bytes, Stop> {
        let segv = |why| {
            Err(Stop::Segv(pagewalk_kernel::mem::Segv {
                why,
                access,
                page,
                vma: None,
            }))
        };
        let Some(model) = self.processes[&id].pages.get(&page.0) else {
            return segv(Why::NeverMapped);
        };
        let Prot {
            read,
            write,
            execute,
        } = model.prot;
        let read = read || write;
        match access {
            _ if !read && !execute => return segv(Why::NoAccess),
            Access::Load if !read => return segv(Why::ReadOfExecuteOnly),
            Access::Store if !read => return segv(Why::WriteToExecuteOnly),
            Access::Store if !write => return segv(Why::WriteToReadOnly),
            Access::Fetch if !execute => return segv(Why::ExecuteOfData),
            _ => {}
        }
        if let Some(own) = &model.own {
            return Ok(own.clone());
        }
        match model.source {
            Source::Zeros => Ok(Box::new([0; PAGE_SIZE])),
            Source::Shared { key, index } => Ok(self.shared[key][index as usize].clone()),
            Source::File { number, index, .. } => {
                let ModelFile { size, bytes, .. } = &self.files[number];
                if index * 4096 >= *size {
                    return Err(Stop::Bus(BusCause::BeyondFile));
                }
                let page = &bytes[index as usize * 4096..][..4096];
                Ok(Box::new(page.try_into().unwrap()))
            }
        }
    }

    /// Whether the core stopped for the reason that the model has.
    fn same_stop(stop: Stop, expected: Stop) -> bool {
        match (stop, expected) {
            (Stop::Segv(a), Stop::Segv(b)) => {
                (a.why, a.access, a.page) == (b.why, b.access, b.page)
            }
            (a, b) => a == b,
        }
    }

    fn model_store(&mut self, id: SpaceId, va: u64, bytes: &[u8]) {
        for (i, &byte) in bytes.iter().enumerate() {
            let va = va + i as u64;
            let page = Page::of(va);
            let offset = (va % 4096) as usize;
            let source = self.processes[&id].pages[&page.0].source;
            if let Source::Shared { key, index } = source {
                self.shared[key][index as usize][offset] = byte;
                continue;
            }
            if let Source::File {
                number,
                index,
                sharing: Sharing::Shared,
            } = source
            {
                self.files[number].bytes[index as usize * 4096 + offset] = byte;
                continue;
            }
            if self.processes[&id].pages[&page.0].own.is_none() {
                let base = self.expect(id, page, Access::Store).unwrap();
                self.processes
                    .get_mut(&id)
                    .unwrap()
                    .pages
                    .get_mut(&page.0)
                    .unwrap()
                    .own = Some(base);
            }
            let process = self.processes.get_mut(&id).unwrap();
            let own = process
                .pages
                .get_mut(&page.0)
                .unwrap()
                .own
                .as_mut()
                .unwrap();
            own[offset] = byte;
        }
    }

    fn access(&mut self, id: SpaceId, va: u64, access: Access, value: u64) -> Result<(), Stop> {
        let expected = self.expect(id, Page::of(va), access);
        let majors = self.w.mm.counters(id).get(Event::Major);
        let got = self.w.try_access(id, va, access, value);
        let stays = self.processes[&id]
            .pages
            .get(&Page::of(va).0)
            .is_some_and(|page| page.stays);
        if stays && access == Access::Load {
            assert!(
                !matches!(got, Err(Stop::Wait(_))),
                "{id:?} waits for a locked page"
            );
            assert_eq!(self.w.mm.counters(id).get(Event::Major), majors);
        }
        match (got, expected) {
            (Ok(got), Ok(bytes)) => {
                self.note("accesses");
                if access == Access::Store {
                    self.model_store(id, va, &value.to_le_bytes());
                } else {
                    let expected = &bytes[(va % 4096) as usize..][..8];
                    assert_eq!(got.to_le_bytes(), expected, "{id:?} reads at {va:#x}");
                }
                Ok(())
            }
            (Err(got), Err(expected)) if Self::same_stop(got, expected) => {
                self.note("refused");
                Ok(())
            }
            (Err(Stop::OutOfMemory), Ok(_)) => {
                let model = &self.processes[&id].pages[&Page::of(va).0];
                let is_new = access == Access::Store || model.own.is_none();
                assert!(
                    is_new || self.failed_writes > 0,
                    "{id:?} cannot have {va:#x} back"
                );
                Err(Stop::OutOfMemory)
            }
            (Err(stop @ Stop::Wait(_)), Ok(_)) => Err(stop),
            // Page tables come before a look at the file.
            (Err(stop @ Stop::OutOfMemory), Err(Stop::Bus(BusCause::BeyondFile))) => Err(stop),
            (Err(stop @ Stop::Bus(BusCause::FileRead | BusCause::SwapRead)), Ok(_)) => Err(stop),
            (got, expected) => panic!("{id:?} at {va:#x}, {access:?}: {got:?}, not {expected:?}"),
        }
    }

    /// How a copy goes on, if it was not finished: `None` if it has come to its end.
    fn copy_stopped(
        &mut self,
        id: SpaceId,
        va: u64,
        result: Result<(), Partial>,
        access: Access,
    ) -> Option<Partial> {
        let partial = result.err()?;
        let page = Page::of(va + partial.done as u64);
        match (partial.stop, self.expect(id, page, access)) {
            (Stop::Segv(_) | Stop::Bus(BusCause::BeyondFile), Err(expected)) => {
                assert!(Self::same_stop(partial.stop, expected), "{partial:?}");
                self.note("copies refused");
                None
            }
            (Stop::Segv(_) | Stop::Bus(BusCause::BeyondFile), Ok(_)) => panic!("{partial:?}"),
            _ => Some(partial),
        }
    }

    fn copy_in(&mut self, id: SpaceId, va: u64, len: usize) -> Result<(), Stop> {
        let mut buffer = vec![0; len];
        let result = self.w.mm.copy_in(id, va, &mut buffer);
        let done = result.err().map_or(len, |partial| partial.done);
        let mut page = (Page(0), None);
        for (i, &byte) in buffer[..done].iter().enumerate() {
            let va = va + i as u64;
            if page.0 != Page::of(va) {
                page = (
                    Page::of(va),
                    Some(self.expect(id, Page::of(va), Access::Load).unwrap()),
                );
            }
            assert_eq!(byte, page.1.as_ref().unwrap()[(va % 4096) as usize]);
        }
        let Some(Partial { done, stop }) = self.copy_stopped(id, va, result, Access::Load) else {
            self.note("copies");
            return Ok(());
        };
        let doing = Doing::CopyIn {
            va: va + done as u64,
            len: len - done,
        };
        self.processes.get_mut(&id).unwrap().doing = doing;
        Err(stop)
    }

    fn copy_out(&mut self, id: SpaceId, va: u64, mut bytes: Vec<u8>) -> Result<(), Stop> {
        let result = self.w.mm.copy_out(id, &bytes, va);
        let done = result.err().map_or(bytes.len(), |partial| partial.done);
        self.model_store(id, va, &bytes[..done]);
        let Some(Partial { done, stop }) = self.copy_stopped(id, va, result, Access::Store) else {
            self.note("copies");
            return Ok(());
        };
        let doing = Doing::CopyOut {
            va: va + done as u64,
            bytes: bytes.split_off(done),
        };
        self.processes.get_mut(&id).unwrap().doing = doing;
        Err(stop)
    }

    fn use_file(&mut self, id: SpaceId) {
        let number = self.random.below(self.files.len() as u64) as usize;
        let most = MOST_FILE_PAGES * 4096;
        let offset = self.random.below(most);
        let len = self.random.below(most - offset).min(6000) as usize;
        let doing = match self.random.below(10) {
            0 => Doing::SetFileSize {
                number,
                size: offset,
            },
            1..6 => Doing::ReadFile {
                number,
                offset,
                len,
            },
            _ => Doing::WriteFile {
                number,
                offset,
                bytes: (0..len).map(|_| self.random.next() as u8).collect(),
            },
        };
        self.set_doing(id, doing);
    }

    fn read_file(
        &mut self,
        id: SpaceId,
        number: usize,
        mut offset: u64,
        mut len: usize,
    ) -> Result<(), Stop> {
        while len > 0 {
            let mut out = vec![0; len];
            let object = self.files[number].object;
            let doing = Doing::ReadFile {
                number,
                offset,
                len,
            };
            self.processes.get_mut(&id).unwrap().doing = doing;
            let count = self.w.mm.read_file(id, object, offset, &mut out)?;
            let ModelFile { size, bytes, .. } = &self.files[number];
            assert!(
                count > 0 || offset >= *size,
                "{count} at {offset} of {size}"
            );
            if count == 0 {
                break;
            }
            let there = &bytes[..*size as usize][offset as usize..][..count];
            assert_eq!(&out[..count], there);
            (offset, len) = (offset + count as u64, len - count);
        }
        self.note("files read");
        Ok(())
    }

    fn write_file(
        &mut self,
        id: SpaceId,
        number: usize,
        mut offset: u64,
        mut bytes: Vec<u8>,
    ) -> Result<(), Stop> {
        while !bytes.is_empty() {
            let object = self.files[number].object;
            self.processes.get_mut(&id).unwrap().doing = Doing::WriteFile {
                number,
                offset,
                bytes: bytes.clone(),
            };
            let count = match self.w.mm.write_file(id, object, offset, &bytes) {
                Err(Stop::OutOfMemory) => {
                    assert!(self.scarce || self.failed_writes > 0, "no room for files");
                    self.note("no room for files");
                    return Ok(());
                }
                other => other?,
            };
            let file = &mut self.files[number];
            let end = offset as usize + count;
            file.bytes[offset as usize..end].copy_from_slice(&bytes[..count]);
            file.size = file.size.max(end as u64);
            bytes.drain(..count);
            offset += count as u64;
        }
        self.note("files written");
        Ok(())
    }

    fn set_file_size(&mut self, id: SpaceId, number: usize, size: u64) -> Result<(), Stop> {
        let file = &mut self.files[number];
        self.w.mm.set_file_size(id, file.object, size)?;
        if size < file.size {
            file.bytes[size as usize..].fill(0);
        }
        let is_cut = size < file.size;
        file.size = size;
        let models = self.processes.values_mut().flat_map(|process| {
            let child = match &mut process.doing {
                Doing::Unshare { model, .. } => Some(model.values_mut()),
                _ => None,
            };
            process
                .pages
                .values_mut()
                .chain(child.into_iter().flatten())
        });
        for page in models {
            if let Source::File {
                number: of, index, ..
            } = page.source
                && of == number
                && index >= size.div_ceil(4096)
                && is_cut
            {
                (page.own, page.stays) = (None, false);
            }
        }
        self.note("files cut");
        Ok(())
    }

    fn map(&mut self, id: SpaceId) {
        let pages = self.some_pages();
        let count = pages.end.0 - pages.start.0;
        let prots = [
            Prot::READ,
            Prot::READ_EXECUTE,
            Prot::EXECUTE,
            Prot::NONE,
            Prot {
                write: true,
                ..Prot::NONE
            },
        ];
        let other = prots[self.random.below(prots.len() as u64) as usize];
        let prot = if self.random.chance(75) {
            Prot::READ_WRITE
        } else {
            other
        };
        let number = self.random.below(self.files.len() as u64) as usize;
        let first = self.random.below(3);
        let (what, source): (_, Box<dyn Fn(u64) -> Source>) = match self.random.below(10) {
            0..6 => (What::Anonymous, Box::new(|_| Source::Zeros)),
            6 => {
                let key = self.shared.len();
                (
                    What::SharedMemory,
                    Box::new(move |index| Source::Shared { key, index }),
                )
            }
            _ => {
                let file = self.files[number].object;
                let sharing = match self.random.below(5) {
                    0 => Sharing::ReadOnly,
                    1 | 2 => Sharing::Shared,
                    _ => Sharing::Private,
                };
                let source = move |index| Source::File {
                    number,
                    index: first + index,
                    sharing,
                };
                (
                    What::File {
                        file,
                        first,
                        sharing,
                    },
                    Box::new(source),
                )
            }
        };
        let placement = match self.random.below(3) {
            0 => Placement::FixedIfFree(pages.start),
            _ => Placement::Fixed(pages.start),
        };
        let taken = self.processes[&id]
            .pages
            .range(pages.start.0..pages.end.0)
            .next()
            .is_some();
        let result = self.w.mm.map(id, count, prot, placement, what);
        if source(0).is_read_only() && prot.write {
            return assert_eq!(result, Err(Error::ReadOnlyFile));
        }
        if placement == Placement::FixedIfFree(pages.start) && taken {
            return assert_eq!(result, Err(Error::Exists));
        }
        assert_eq!(result, Ok(pages.start));
        self.note("maps");
        if what == What::SharedMemory {
            self.shared
                .push((0..count).map(|_| Box::new([0; PAGE_SIZE])).collect());
        }
        let process = self.processes.get_mut(&id).unwrap();
        for index in 0..count {
            let (locked, stays) = (false, false);
            let page = ModelPage {
                prot,
                source: source(index),
                own: None,
                locked,
                stays,
            };
            process.pages.insert(pages.start.0 + index, page);
        }
    }

    fn unmap(&mut self, id: SpaceId) {
        let pages = self.some_pages();
        assert_eq!(self.w.mm.unmap(id, pages.clone()), Ok(()));
        let process = self.processes.get_mut(&id).unwrap();
        process
            .pages
            .retain(|page, _| !pages.contains(&Page(*page)));
    }

    fn is_covered(&self, id: SpaceId, pages: &Pages) -> bool {
        let mapped = self.processes[&id]
            .pages
            .range(pages.start.0..pages.end.0)
            .count() as u64;
        mapped == pages.end.0 - pages.start.0
    }

    fn change(&mut self, id: SpaceId, pages: &Pages, change: impl Fn(&mut ModelPage)) {
        let process = self.processes.get_mut(&id).unwrap();
        process
            .pages
            .range_mut(pages.start.0..pages.end.0)
            .for_each(|(_, page)| change(page));
    }

    fn protect(&mut self, id: SpaceId) {
        let pages = self.some_pages();
        let bits = if self.random.chance(70) {
            3
        } else {
            self.random.below(8)
        };
        let write = bits & 1 != 0;
        let prot = Prot {
            read: bits & 2 != 0,
            write,
            execute: bits & 4 != 0,
        };
        match self.w.mm.protect(id, pages.clone(), prot) {
            Ok(()) => {
                assert!(self.is_covered(id, &pages));
                self.note("protects");
                self.change(id, &pages, |page| page.prot = prot);
            }
            Err(Error::NoMemory) => assert!(!self.is_covered(id, &pages)),
            Err(Error::ReadOnlyFile) => {
                let mut model = self.processes[&id].pages.range(pages.start.0..pages.end.0);
                assert!(write && model.any(|(_, page)| page.source.is_read_only()));
            }
            Err(error) => panic!("{error:?}"),
        }
    }

    fn discard(&mut self, id: SpaceId) {
        let pages = self.some_pages();
        let mut model = self.processes[&id].pages.range(pages.start.0..pages.end.0);
        let locked = model.any(|(_, page)| page.locked);
        match self.w.mm.discard(id, pages.clone()) {
            Ok(()) => {
                assert!(self.is_covered(id, &pages) && !locked);
                self.note("discards");
                self.change(id, &pages, |page| page.own = None);
            }
            Err(Error::NoMemory) => assert!(!self.is_covered(id, &pages)),
            Err(Error::Locked) => assert!(locked),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn lock(&mut self, id: SpaceId) {
        let pages = self.some_pages();
        if self.random.chance(40) {
            let done = self.w.mm.unlock(id, pages.clone());
            assert_eq!(done.is_ok(), self.is_covered(id, &pages));
            if done.is_ok() {
                self.change(id, &pages, |page| {
                    (page.locked, page.stays) = (false, false)
                });
            }
            return;
        }
        match self.w.mm.lock(id, pages.clone()) {
            Ok(()) => {
                self.note("locks");
                self.change(id, &pages, |page| page.locked = true);
                self.set_doing(id, Doing::Populate(pages));
            }
            Err(Error::NoMemory) => assert!(!self.is_covered(id, &pages)),
            Err(Error::Locked) => self.note("locks refused"),
            Err(error) => panic!("{error:?}"),
        }
    }

    fn populate(&mut self, id: SpaceId, pages: Pages) -> Result<(), Stop> {
        match self.w.mm.populate(id, pages.clone()) {
            Err(Stop::Bus(BusCause::BeyondFile)) => return Ok(()),
            other => other?,
        }
        for page in pages.start.0..pages.end.0 {
            let model = &self.processes[&id].pages[&page];
            if model.prot.write {
                assert!(matches!(
                    self.w.mm.page_state(id, Page(page)),
                    PageState::Frame(_)
                ));
            }
        }
        self.change(id, &pages, |page| page.stays = page.prot != Prot::NONE);
        Ok(())
    }

    fn fork(&mut self, id: SpaceId) {
        if self.processes.len() >= MOST_SPACES {
            return;
        }
        let child = match self.w.mm.fork(id) {
            Ok(child) => child,
            Err(error) => {
                self.note("forks refused");
                return assert!(
                    error == Error::NoMemory && (self.scarce || self.failed_writes > 0)
                );
            }
        };
        let mut model = self.processes[&id].pages.clone();
        for page in model.values_mut() {
            (page.locked, page.stays) = (false, false);
        }
        if self.random.chance(40) {
            return self.set_doing(id, Doing::Unshare { child, model });
        }
        self.note("forks");
        self.add(child, model);
    }

    fn unshare(&mut self, child: SpaceId, model: BTreeMap<u64, ModelPage>) -> Result<(), Stop> {
        match self.w.mm.unshare(child) {
            Ok(()) => {
                self.note("forks that copy");
                self.add(child, model);
            }
            Err(stop @ Stop::Wait(_)) => return Err(stop),
            Err(stop) => {
                let reason = match stop {
                    Stop::OutOfMemory => self.scarce || self.failed_writes > 0,
                    _ => self.errors > 0,
                };
                assert!(reason, "{stop:?}");
                self.w.mm.destroy(child);
            }
        }
        Ok(())
    }

    /// Everybody exits; nothing must be left but pages of files.
    fn end(&mut self, frames_and_slots: usize) {
        self.errors = 0;
        for id in self.processes.keys().copied().collect::<Vec<_>>() {
            self.kill(id);
            self.w.check();
        }
        for file in &self.files {
            self.w.mm.forget_file(file.object);
        }
        self.w.check();
        self.w.take_requests();
        while !self.w.requests.is_empty() {
            self.w.complete(0, Ok(()));
        }
        assert_eq!(
            self.w.mm.available(),
            frames_and_slots.saturating_sub(self.failed_writes)
        );
        assert_eq!(self.w.mm.tables(), 1);
    }

    fn run(&mut self, steps: u64) {
        let capacity = self.w.mm.available();
        for _ in 0..steps {
            self.step();
        }
        self.end(capacity);
        let total = self.w.mm.total();
        for event in Event::ALL {
            *self.stats.entry(event.name()).or_default() += total.get(event);
        }
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().expect("a number"))
}

#[test]
fn random_operations_agree_with_a_model() {
    let runs = from_environment("PAGEWALK_RUNS").unwrap_or(25);
    let first = from_environment("PAGEWALK_SEED").unwrap_or(0);
    let mut stats: BTreeMap<&str, u64> = BTreeMap::new();
    for seed in first..first + runs {
        // Which one it was that failed stands in what a failed test has printed.
        println!("seed {seed}");
        let ad = if seed % 2 == 0 {
            Ad::Hardware
        } else {
            Ad::Fault
        };
        let mut run = Run::new(seed, ad, false);
        run.run(1500);
        for (what, count) in run.stats {
            *stats.entry(what).or_default() += count;
        }
    }
    println!("{stats:#?}");
    // The runs must have been somewhere, or they prove nothing.
    for event in Event::ALL {
        assert!(stats[event.name()] > 0, "{}", event.name());
    }
    for what in [
        "forks",
        "forks that copy",
        "disk errors",
        "killed, out of memory",
        "locks",
        "files read",
        "files written",
        "files cut",
        "no room for files",
    ] {
        assert!(stats[what] > 0, "{what}");
    }
}

#[test]
fn who_maintains_a_and_d_changes_no_other_count() {
    for seed in 0..12 {
        println!("seed {seed}");
        let counts = [Ad::Hardware, Ad::Fault].map(|ad| {
            let mut run = Run::new(seed, ad, true);
            run.run(1500);
            let events = Event::ALL.into_iter();
            let counted = events.filter(|e| !matches!(e, Event::AdOnly | Event::Flush));
            let total = run.w.mm.total();
            counted
                .map(|event| (event.name(), total.get(event)))
                .collect::<Vec<_>>()
        });
        assert_eq!(counts[0], counts[1]);
    }
}
