//! Memory: brk, mmap and what changes it.

use pagewalk_guest_abi::Errno;
use pagewalk_guest_abi::flags::*;

use super::Args;
use crate::fs::device::Device;
use crate::mem::{Error, MayMove, PAGE_SIZE, Page, Pages, Placement, Prot, Sharing, Stop, What};
use crate::task::{Answer, Cx, File, Kernel, Tid, room};

const PAGE: u64 = PAGE_SIZE as u64;

/// As mmap and its like tell it.
fn errno(error: Error) -> Errno {
    match error {
        Error::BadRange => Errno::EINVAL,
        Error::NoMemory => Errno::ENOMEM,
        Error::Exists => Errno::EEXIST,
        Error::ReadOnlyFile => Errno::EACCES,
        Error::Locked => Errno::EINVAL,
        Error::Unmapped => Errno::EFAULT,
    }
}

fn prot(bits: u64) -> Result<Prot, Errno> {
    if bits & !(PROT_READ | PROT_WRITE | PROT_EXEC) != 0 {
        return Err(Errno::EINVAL);
    }
    Ok(Prot {
        read: bits & PROT_READ != 0,
        write: bits & PROT_WRITE != 0,
        execute: bits & PROT_EXEC != 0,
    })
}

/// The pages from an address, which must begin one, for `len` bytes.
fn pages(address: u64, len: u64) -> Result<Pages, Errno> {
    if !address.is_multiple_of(PAGE) {
        return Err(Errno::EINVAL);
    }
    let end = address.checked_add(len).ok_or(Errno::EINVAL)?;
    Ok(Page::of(address)..Page(end.div_ceil(PAGE)))
}

pub(super) fn brk(k: &mut Kernel, tid: Tid, end: u64) -> Answer {
    let space = k.space_of(tid);
    Ok(k.mm.brk(space, end))
}

/// `mmap`; `None` if what is mapped is to be touched, too: that may have to wait.
pub(super) fn mmap(k: &mut Kernel, tid: Tid, args: &Args) -> Option<Answer> {
    let populate = args[3] & (MAP_POPULATE | MAP_LOCKED) != 0;
    (!populate).then(|| map(k, tid, args))
}

/// `mmap` with MAP_POPULATE or MAP_LOCKED.
pub(super) async fn mmap_populated(cx: &Cx, args: Args) -> Answer {
    let tid = cx.tid;
    let address = cx.kernel(|k| map(k, tid, &args))?;
    let pages = pages(address, args[1])?;
    if args[3] & MAP_LOCKED != 0 {
        let locked = cx.kernel(|k| {
            let space = k.space_of(tid);
            k.mm.lock(space, pages.clone())
        });
        locked.map_err(|_| Errno::EAGAIN)?;
    }
    // That not all of it could be touched is no error.
    let _ = populate(cx, pages).await;
    Ok(address)
}

fn map(k: &mut Kernel, tid: Tid, args: &Args) -> Answer {
    room(0)?;
    let [hint, len, bits, flags, file, offset] = *args;
    let prot = prot(bits)?;
    if len == 0 || !offset.is_multiple_of(PAGE) {
        return Err(Errno::EINVAL);
    }
    let count = len.div_ceil(PAGE);
    let shared = match flags & MAP_TYPE {
        MAP_PRIVATE => false,
        MAP_SHARED | MAP_SHARED_VALIDATE => true,
        _ => return Err(Errno::EINVAL),
    };
    let placement = if flags & MAP_FIXED_NOREPLACE != 0 {
        Placement::FixedIfFree(pages(hint, len)?.start)
    } else if flags & MAP_FIXED != 0 {
        Placement::Fixed(pages(hint, len)?.start)
    } else if hint >= PAGE {
        Placement::Hint(Page::of(hint))
    } else {
        Placement::Anywhere
    };
    let what = if flags & MAP_ANONYMOUS != 0 {
        if shared {
            What::SharedMemory
        } else {
            What::Anonymous
        }
    } else {
        file_to_map(k, tid, file, offset, shared)?
    };
    if prot.write && prot.execute {
        k.log_wx(tid);
    }
    let space = k.space_of(tid);
    let start = k.mm.map(space, count, prot, placement, what);
    start.map(Page::address).map_err(errno)
}

fn file_to_map(
    k: &mut Kernel,
    tid: Tid,
    file: u64,
    offset: u64,
    shared: bool,
) -> Result<What, Errno> {
    let open = k.process_of(tid).files.get(file)?;
    if !open.can_read() {
        return Err(Errno::EACCES);
    }
    let node = match &open.file {
        File::Node(node) => node.id(),
        File::Device(Device::Zero, _) if shared => return Ok(What::SharedMemory),
        File::Device(Device::Zero, _) => return Ok(What::Anonymous),
        _ => return Err(Errno::ENODEV),
    };
    let file = k.object_of(node).ok_or(Errno::ENODEV)?;
    let sharing = match shared {
        false => Sharing::Private,
        true if open.can_write() => Sharing::Shared,
        true => Sharing::ReadOnly,
    };
    Ok(What::File {
        file,
        first: offset / PAGE,
        sharing,
    })
}

pub(super) fn munmap(k: &mut Kernel, tid: Tid, address: u64, len: u64) -> Answer {
    let space = k.space_of(tid);
    k.mm.unmap(space, pages(address, len)?).map_err(errno)?;
    Ok(0)
}

pub(super) fn mprotect(k: &mut Kernel, tid: Tid, address: u64, len: u64, bits: u64) -> Answer {
    let (pages, prot) = (pages(address, len)?, prot(bits)?);
    if len == 0 {
        return Ok(0);
    }
    let space = k.space_of(tid);
    k.mm.protect(space, pages, prot).map_err(errno)?;
    Ok(0)
}

pub(super) fn madvise(k: &mut Kernel, tid: Tid, address: u64, len: u64, advice: u64) -> Answer {
    let pages = pages(address, len)?;
    if len == 0 {
        return Ok(0);
    }
    let space = k.space_of(tid);
    match advice {
        MADV_DONTNEED => k.mm.discard(space, pages).map_err(errno)?,
        // Hints that there is no need to follow, and promises that there is none to keep:
        // no core dumps, no merging of pages.
        MADV_NORMAL
        | MADV_RANDOM
        | MADV_SEQUENTIAL
        | MADV_WILLNEED
        | MADV_FREE
        | MADV_MERGEABLE..=MADV_DODUMP
        | MADV_COLD
        | MADV_PAGEOUT => {}
        _ => return Err(Errno::EINVAL),
    }
    Ok(0)
}

/// mlock and its like take parts of pages for pages.
fn touched(address: u64, len: u64) -> Result<Pages, Errno> {
    let end = address.checked_add(len).ok_or(Errno::EINVAL)?;
    Ok(Page::of(address)..Page(end.div_ceil(PAGE)))
}

pub(super) async fn mlock(cx: &Cx, address: u64, len: u64) -> Answer {
    let tid = cx.tid;
    let pages = touched(address, len)?;
    if len == 0 {
        return Ok(0);
    }
    let locked = cx.kernel(|k| {
        let space = k.space_of(tid);
        k.mm.lock(space, pages.clone())
    });
    locked.map_err(|error| match error {
        Error::Locked => Errno::ENOMEM,
        other => errno(other),
    })?;
    populate(cx, pages).await.map_err(|_| Errno::ENOMEM)?;
    Ok(0)
}

pub(super) fn munlock(k: &mut Kernel, tid: Tid, address: u64, len: u64) -> Answer {
    let pages = touched(address, len)?;
    if len == 0 {
        return Ok(0);
    }
    let space = k.space_of(tid);
    k.mm.unlock(space, pages).map_err(errno)?;
    Ok(0)
}

/// Touches pages, one after the other: what is there already stays there only if it
/// is locked.
async fn populate(cx: &Cx, pages: Pages) -> Result<(), Errno> {
    let space = cx.space();
    for number in pages.start.0..pages.end.0 {
        let page = Page(number)..Page(number + 1);
        loop {
            match cx.kernel(|k| k.mm.populate(space, page.clone())) {
                Ok(()) => break,
                Err(Stop::OutOfMemory) => return Err(Errno::ENOMEM),
                Err(stop) => cx.resolve(stop).await?,
            }
        }
    }
    Ok(())
}

pub(super) async fn mincore(cx: &Cx, address: u64, len: u64, out: u64) -> Answer {
    let pages = pages(address, len)?;
    let space = cx.space();
    for (number, page) in (0..).zip(pages.start.0..pages.end.0) {
        let is_in = cx.kernel(|k| k.mm.is_in_core(space, Page(page)));
        let byte = u8::from(is_in.ok_or(Errno::ENOMEM)?);
        cx.copy_out(&[byte], out.wrapping_add(number)).await?;
    }
    Ok(0)
}

/// `mremap`: other places and sizes for what is mapped.
pub(super) fn mremap(k: &mut Kernel, tid: Tid, args: &Args) -> Answer {
    let [address, old_len, new_len, flags, target, _] = *args;
    let known = MREMAP_MAYMOVE | MREMAP_FIXED;
    if flags & !known != 0 || flags & known == MREMAP_FIXED || new_len == 0 || old_len == 0 {
        return Err(Errno::EINVAL);
    }
    let (old, count) = (pages(address, old_len)?, new_len.div_ceil(PAGE));
    let target = match flags & MREMAP_FIXED {
        0 => None,
        _ => Some(pages(target, new_len)?.start),
    };
    let space = k.space_of(tid);
    let moved = match target {
        Some(target) => k.mm.move_to(space, old, count, target),
        None if flags & MREMAP_MAYMOVE != 0 => k.mm.resize(space, old, count, MayMove::Yes),
        None => k.mm.resize(space, old, count, MayMove::No),
    };
    let start = moved.map_err(|error| match error {
        Error::Locked => Errno::EAGAIN,
        other => errno(other),
    })?;
    Ok(start.address())
}
