//! What `--version` says.

use std::sync::LazyLock;

use pagewalk_machine::isa::IsaSet;
use pagewalk_machine::mmu::Mode;

/// The version alone.
pub(crate) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// The version, and what this build can do.
pub(crate) fn long() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let modes: Vec<String> = Mode::ALL.iter().map(|mode| format!("{mode:?}")).collect();
        format!(
            "{SHORT}\n\
             isa       {}\n\
             satp      {}\n\
             harts     1 to {}\n\
             engine    interpreter\n\
             host      {}-{}",
            IsaSet::ANNOUNCED,
            modes.join(" "),
            pagewalk_machine::Config::MAX_HARTS,
            std::env::consts::ARCH,
            std::env::consts::OS,
        )
    });
    &TEXT
}
