//! The list of our own programs: every one that is built has an entry, and
//! every entry a program. The conformance test holds both.

/// What is known about one program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The name of its cargo target: the group, a dash, the topic.
    pub name: &'static str,
    /// What the board must have.
    pub needs: Needs,
    /// It also runs in U-mode with paging: it uses nothing of M-mode.
    pub in_user_mode: bool,
    /// Why it fails at present. Such a program must fail.
    pub known_failure: Option<&'static str>,
}

/// What a program needs of the board that not every board has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// `menvcfg.ADUE` that can be set (Svadu).
    Adue,
    /// Four harts.
    FourHarts,
}

impl Entry {
    /// The group: what stands before the first dash.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.name.split('-').next().unwrap_or(self.name)
    }
}

/// An entry for a program in M-mode that runs on every board.
const fn plain(name: &'static str) -> Entry {
    Entry {
        name,
        needs: Needs::Nothing,
        in_user_mode: false,
        known_failure: None,
    }
}

/// An entry for a program of instructions that every mode has.
const fn user(name: &'static str) -> Entry {
    Entry {
        in_user_mode: true,
        ..plain(name)
    }
}

/// An entry for a program that sets `menvcfg.ADUE`.
const fn adue(name: &'static str) -> Entry {
    Entry {
        needs: Needs::Adue,
        ..plain(name)
    }
}

/// An entry for a program that uses four harts.
const fn four_harts(name: &'static str) -> Entry {
    Entry {
        needs: Needs::FourHarts,
        ..plain(name)
    }
}

/// All programs, sorted by name.
pub const PROGRAMS: &[Entry] = &[
    plain("mi-counters"),
    plain("mi-csr"),
    plain("mi-csr-absent"),
    plain("mi-delegation"),
    plain("mi-devices"),
    adue("mi-envcfg"),
    plain("mi-exceptions"),
    plain("mi-float-status"),
    plain("mi-illegal"),
    plain("mi-interrupts"),
    plain("mi-mcycle"),
    plain("mi-mprv"),
    plain("mi-plic"),
    plain("mi-pmp"),
    plain("mi-sstc"),
    plain("mi-status"),
    plain("mi-time"),
    plain("mi-triggers"),
    plain("mi-vectors"),
    four_harts("mt-harts"),
    plain("mzicbo-blocks"),
    plain("si-crossing"),
    plain("si-fences"),
    plain("si-paging-traps"),
    plain("si-permissions"),
    plain("si-satp"),
    plain("si-sv39"),
    plain("si-sv48"),
    plain("si-sv57"),
    adue("si-walk-access"),
    adue("ssvadu-update"),
    plain("ssvnapot-range"),
    plain("ssvpbmt-types"),
    user("ua-amo-d"),
    user("ua-amo-w"),
    user("ua-lrsc"),
    user("uc-float"),
    user("uc-integer"),
    user("ud-arith"),
    user("ud-compare"),
    user("ud-convert"),
    user("ud-fma"),
    user("ud-resize"),
    user("uf-arith"),
    user("uf-compare"),
    user("uf-convert"),
    user("uf-fma"),
    user("uf-moves"),
    user("ui-arith"),
    user("ui-branch"),
    user("ui-fence"),
    user("ui-fetch"),
    user("ui-jump"),
    user("ui-load-store"),
    user("ui-logic"),
    user("ui-misaligned"),
    user("ui-shift"),
    user("um-div"),
    user("um-mul"),
    user("uzabha-amo"),
    user("uzacas-cas"),
    plain("uzawrs-wait"),
    user("uzba-address"),
    user("uzbb-bits"),
    user("uzbc-clmul"),
    user("uzbkb-crypto"),
    user("uzbkx-permute"),
    user("uzbs-single"),
    user("uzcb-code-size"),
    user("uzfa-constants"),
    user("uzfa-round"),
    user("uzfh-arith"),
    user("uzfh-compare"),
    user("uzfh-convert"),
    user("uzfh-fma"),
    user("uzfh-resize"),
    user("uzicond-zero"),
    user("uzimop-maybe"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_unique() {
        assert!(PROGRAMS.windows(2).all(|two| two[0].name < two[1].name));
    }

    #[test]
    fn the_group_stands_before_the_first_dash() {
        assert_eq!(plain("mi-csr-absent").group(), "mi");
    }
}
