//! Looking at a machine without changing it: what is where, as a hart sees it.

use pagewalk_bus::{PhysAddr, Ram, Width};
use pagewalk_mmu::{Access, NoMemory, Privilege, PteView, VirtAddr, diagnose};

use crate::Machine;

/// Page tables in RAM.
struct Tables<'a>(&'a Ram);

impl PteView for Tables<'_> {
    fn peek_pte(&self, pa: PhysAddr) -> Result<u64, NoMemory> {
        self.0.read(pa, Width::B8).ok_or(NoMemory)
    }
}

impl Machine {
    /// The physical address of code at `va` as hart `index` would fetch it at
    /// `privilege`. `None` if it could not.
    ///
    /// # Panics
    /// If there is no such hart.
    #[must_use]
    pub fn code_address(&self, index: usize, privilege: Privilege, va: u64) -> Option<u64> {
        let hart = self.hart(index);
        let context = hart.fetch_context(privilege);
        let tables = Tables(&self.bus.ram);
        let walk = diagnose(
            VirtAddr(va),
            2,
            Access::Fetch,
            &context,
            hart.pmp(),
            &tables,
        );
        Some(walk.result.ok()?.pa.0)
    }

    /// The instruction at `va` as hart `index` would fetch it at `privilege`,
    /// a compressed one with zeros above. `None` if it could not.
    ///
    /// # Panics
    /// If there is no such hart.
    #[must_use]
    pub fn instruction_at(&self, index: usize, privilege: Privilege, va: u64) -> Option<u32> {
        // Half by half: the second may lie on another page.
        let half = |va: u64| {
            let pa = self.code_address(index, privilege, va)?;
            Some(self.read(pa, Width::B2)? as u32)
        };
        let low = half(va & !1)?;
        if low & 0b11 != 0b11 {
            return Some(low);
        }
        Some(low | half((va & !1).wrapping_add(2))? << 16)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Config, Machine, RAM_BASE, doc_elf, loader::Program};
    use pagewalk_mmu::Privilege;

    #[test]
    fn instructions_are_found_where_the_program_is() {
        let program = Program::parse("answer", &doc_elf()).expect("a good file");
        let mut machine = Machine::new(&Config::default()).expect("the default board");
        machine.load(&program).expect("it fits");
        let at = |privilege, va| machine.instruction_at(0, privilege, va);
        assert_eq!(at(Privilege::Machine, RAM_BASE), Some(0x0550_0513));
        assert_eq!(at(Privilege::Machine, RAM_BASE + 0x100), Some(0));
        assert_eq!(at(Privilege::Machine, 0), None);
        // No entry of the PMP lets other modes fetch.
        assert_eq!(at(Privilege::Supervisor, RAM_BASE), None);
    }
}
