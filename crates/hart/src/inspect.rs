//! What others may look at without changing anything.

use pagewalk_mmu::{Context, Pmp, Privilege};

use crate::Hart;

impl Hart {
    /// How a fetch at `privilege` is translated, with `satp` as it is now.
    #[must_use]
    pub fn fetch_context(&self, privilege: Privilege) -> Context {
        let (_, code) = self.csrs.contexts(privilege, self.config.isa);
        code
    }

    /// The physical memory protection.
    #[must_use]
    pub fn pmp(&self) -> &Pmp {
        &self.pmp
    }
}
