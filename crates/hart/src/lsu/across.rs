//! Loads and stores that cross a page: two translations, one access.
//!
//! A fault reports the half that failed, and nothing has changed then: a
//! store checks both halves before it sets a D bit or writes a byte.

use pagewalk_bus::{HostAddr, PAGE_SIZE, PhysAddr};
use pagewalk_mmu::{Access, Reason};

use super::{Purpose, host_read, host_write};
use crate::trap::Exception;
use crate::{Env, Hart};

/// The bytes of an access that lie in one page.
#[derive(Clone, Copy)]
struct Part {
    va: u64,
    len: usize,
    is_second: bool,
}

/// The two parts of `size` bytes at `va`.
fn split(va: u64, size: usize) -> [Part; 2] {
    let len = (PAGE_SIZE - va % PAGE_SIZE) as usize;
    let second = va.wrapping_add(len as u64);
    [
        Part {
            va,
            len,
            is_second: false,
        },
        Part {
            va: second,
            len: size - len,
            is_second: true,
        },
    ]
}

impl Hart {
    /// Loads `size` bytes, little-endian, from two pages.
    pub(super) fn load_across(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        size: u64,
    ) -> Result<u64, Exception> {
        let parts = split(va, size as usize);
        let mut bytes = [0; 8];
        let (low, high) = bytes[..size as usize].split_at_mut(parts[0].len);
        if let [Some(first), Some(second)] = parts.map(|part| self.tlb.load::<1>(part.va)) {
            read_host(first, low);
            read_host(second, high);
            return Ok(u64::from_le_bytes(bytes));
        }
        let first = self.translate_part(env, parts[0], Access::Load)?;
        let second = self.translate_part(env, parts[1], Access::Load)?;
        for (part, pa, bytes) in [(parts[0], first, low), (parts[1], second, high)] {
            if env.bus.ram.read_bytes(pa, bytes).is_none() {
                return Err(self.part_refused(part, Access::Load));
            }
        }
        Ok(u64::from_le_bytes(bytes))
    }

    /// Stores `bytes` to two pages.
    pub(super) fn store_across(
        &mut self,
        env: &mut Env<'_>,
        va: u64,
        bytes: &[u8],
    ) -> Result<(), Exception> {
        let parts = split(va, bytes.len());
        let (low, high) = bytes.split_at(parts[0].len);
        if let [Ok(first), Ok(second)] = parts.map(|part| self.tlb.store::<1>(part.va)) {
            write_host(first, low);
            write_host(second, high);
            return Ok(());
        }
        for part in parts {
            self.check_part(env, part)?;
        }
        let first = self.translate_part(env, parts[0], Access::Store)?;
        let second = self.translate_part(env, parts[1], Access::Store)?;
        self.note_store(true);
        let written = env.bus.ram.write_bytes(first, low);
        debug_assert!(written.is_some(), "the first part is RAM");
        let written = env.bus.ram.write_bytes(second, high);
        debug_assert!(written.is_some(), "the second part is RAM");
        self.after_ram_write(env);
        Ok(())
    }

    /// Translates one part and enters it into the TLB.
    fn translate_part(
        &mut self,
        env: &mut Env<'_>,
        part: Part,
        access: Access,
    ) -> Result<PhysAddr, Exception> {
        let result = self.translate(env, part.va, part.len as u64, access, Purpose::Plain);
        let translation = result.inspect_err(|_| self.note_part(part))?;
        self.fill_tlb(env, part.va, access, &translation);
        Ok(translation.pa)
    }

    /// Whether one part could be stored, changing no A or D bit.
    fn check_part(&mut self, env: &mut Env<'_>, part: Part) -> Result<(), Exception> {
        let len = part.len as u64;
        let result = self.probe_store(env, part.va, len, Purpose::Plain);
        let pa = result.inspect_err(|_| self.note_part(part))?;
        if env.bus.ram.contains(pa, len) {
            Ok(())
        } else {
            Err(self.part_refused(part, Access::Store))
        }
    }

    /// A part lies in a device, which takes no pieces of an access.
    fn part_refused(&mut self, part: Part, access: Access) -> Exception {
        let exception = self.refused(access, part.va, Reason::MisalignedDevice);
        self.note_part(part);
        exception
    }

    /// Notes in the story of the fault which part it was.
    fn note_part(&mut self, part: Part) {
        if let Some(fault) = &mut self.fault {
            fault.second_page = part.is_second;
        }
    }
}

fn read_host(at: HostAddr, bytes: &mut [u8]) {
    for (offset, byte) in bytes.iter_mut().enumerate() {
        *byte = host_read(at.in_page(offset));
    }
}

fn write_host(at: HostAddr, bytes: &[u8]) {
    for (offset, byte) in bytes.iter().enumerate() {
        host_write(at.in_page(offset), *byte);
    }
}
