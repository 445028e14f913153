//! The extensions that Pagewalk knows, and sets of them.
//!
//! One table row per extension, in the canonical order of ISA strings
//! (RISC-V unprivileged specification, ISA Extension Naming Conventions).

use core::fmt;

macro_rules! extensions {
    ($( $variant:ident $name:literal implies [$($implied:ident)*] $doc:literal; )+) => {
        /// An extension that an ISA string can name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Extension {
            $( #[doc = concat!("`", $name, "`: ", $doc, ".")] $variant, )+
        }

        impl Extension {
            /// All extensions, in the canonical order of ISA strings.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name as ISA strings write it, in lower case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What the extension adds, in a few words.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc),+ }
            }

            /// The extensions that this one brings with it, directly.
            #[must_use]
            pub const fn implies(self) -> &'static [Self] {
                match self { $(Self::$variant => &[$(Self::$implied),*]),+ }
            }
        }
    };
}

extensions! {
    // CHOICE(spec): a hart of ours always has the privileged architecture,
    // which cannot be used without CSR instructions, so I brings Zicsr.
    I           "i"           implies [Zicsr]        "base integer instructions, 64 bits";
    M           "m"           implies [Zmmul]        "integer multiplication and division";
    A           "a"           implies [Zaamo Zalrsc] "atomic instructions";
    F           "f"           implies [Zicsr]        "single-precision floating point";
    D           "d"           implies [F]            "double-precision floating point";
    C           "c"           implies [Zca]          "compressed instructions";
    Zicbom      "zicbom"      implies []             "cache-block management";
    Zicbop      "zicbop"      implies []             "cache-block prefetch";
    Zicboz      "zicboz"      implies []             "cache-block zero";
    Ziccid      "ziccid"      implies []             "own stores become visible to instruction fetch without a fence";
    Zicclsm     "zicclsm"     implies []             "misaligned loads and stores to main memory";
    Zicntr      "zicntr"      implies [Zicsr]        "base counters and timers";
    Zicond      "zicond"      implies []             "integer conditional operations";
    Zicsr       "zicsr"       implies []             "CSR instructions";
    Zifencei    "zifencei"    implies []             "instruction-fetch fence";
    Zihintntl   "zihintntl"   implies []             "non-temporal locality hints";
    Zihintpause "zihintpause" implies []             "pause hint";
    Zihpm       "zihpm"       implies [Zicsr]        "hardware performance counters";
    Zimop       "zimop"       implies []             "may-be-operations";
    Zmmul       "zmmul"       implies []             "integer multiplication, the part of M without division";
    Zaamo       "zaamo"       implies []             "atomic memory operations, a part of A";
    Zabha       "zabha"       implies [Zaamo]        "byte and halfword atomic memory operations";
    Zacas       "zacas"       implies [Zaamo]        "atomic compare-and-swap";
    Zalrsc      "zalrsc"      implies []             "load-reserved and store-conditional, a part of A";
    Zawrs       "zawrs"       implies [Zalrsc]       "wait on reservation set";
    Zfa         "zfa"         implies [F]            "additional floating-point instructions";
    Zfh         "zfh"         implies [Zfhmin]       "half-precision floating point";
    Zfhmin      "zfhmin"      implies [F]            "half-precision loads, stores, moves and conversions";
    Zca         "zca"         implies []             "compressed instructions without floating point, a part of C";
    Zcb         "zcb"         implies [Zca]          "simple code-size instructions";
    Zcd         "zcd"         implies [Zca D]        "compressed double-precision loads and stores, a part of C with D";
    Zcmop       "zcmop"       implies [Zca]          "compressed may-be-operations";
    Zba         "zba"         implies []             "address generation";
    Zbb         "zbb"         implies []             "basic bit manipulation";
    Zbc         "zbc"         implies []             "carry-less multiplication";
    Zbkb        "zbkb"        implies []             "bit manipulation for cryptography";
    Zbkx        "zbkx"        implies []             "crossbar permutations";
    Zbs         "zbs"         implies []             "single-bit instructions";
    Sstc        "sstc"        implies []             "supervisor timer compare";
    Svade       "svade"       implies []             "page faults when A or D needs setting";
    Svadu       "svadu"       implies []             "hardware updating of A and D";
    Svinval     "svinval"     implies []             "fine-grained address-translation cache invalidation";
    Svnapot     "svnapot"     implies []             "contiguous translations of naturally aligned power-of-two size";
    Svpbmt      "svpbmt"      implies []             "page-based memory types";
}

/// A set of extensions: what a hart announces and decodes.
///
/// Sets that come from ISA strings, [`IsaSet::with`] and
/// [`IsaSet::from_extensions`] hold everything that their members imply, and
/// always I.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IsaSet(u64);

const _: () = assert!(Extension::ALL.len() <= 64, "IsaSet is one 64-bit word");

impl IsaSet {
    /// No extension at all, not even I: nothing decodes.
    pub const EMPTY: Self = Self(0);

    /// RV64I with what the privileged architecture needs.
    pub const BASE: Self = Self::from_extensions(&[]);

    /// Everything that Pagewalk implements, the default of its boards.
    pub const ANNOUNCED: Self = Self::from_extensions(Extension::ALL);

    /// I, the given extensions, and all that they imply.
    #[must_use]
    pub const fn from_extensions(extensions: &[Extension]) -> Self {
        let mut set = Self::EMPTY.with(Extension::I);
        let mut i = 0;
        while i < extensions.len() {
            set = set.with(extensions[i]);
            i += 1;
        }
        set
    }

    /// The set with `extension` and all that it implies.
    #[must_use]
    pub const fn with(self, extension: Extension) -> Self {
        let mut set = self.insert(extension);
        // C holds Zcd where D is present: neither implies it alone.
        if set.contains(Extension::C) && set.contains(Extension::D) {
            set.0 |= bit(Extension::Zcd);
        }
        set
    }

    /// The set without `extension`, without what implies it, and without the
    /// named parts of it (Zaamo and Zalrsc of A, Zmmul of M, Zca of C, and
    /// what needs these). I and Zicsr cannot be removed: the set stays as it
    /// is.
    #[must_use]
    pub const fn without(self, extension: Extension) -> Self {
        if matches!(extension, Extension::I | Extension::Zicsr) {
            return self;
        }
        let mut removed = Self(bit(extension));
        if matches!(extension, Extension::M | Extension::A | Extension::C) {
            removed = removed.insert(extension);
        }
        let mut grown = Self::EMPTY;
        while grown.0 != removed.0 {
            grown = removed;
            let mut i = 0;
            while i < Extension::ALL.len() {
                let candidate = Extension::ALL[i];
                if Self::EMPTY.insert(candidate).0 & removed.0 != 0 {
                    removed.0 |= bit(candidate);
                }
                i += 1;
            }
        }
        let mut set = Self(self.0 & !removed.0);
        // C and D together would bring Zcd back.
        if set.contains(Extension::D) && removed.contains(Extension::Zcd) {
            set.0 &= !bit(Extension::C);
        }
        set
    }

    /// Is `extension` in the set?
    #[must_use]
    pub const fn contains(self, extension: Extension) -> bool {
        self.0 & bit(extension) != 0
    }

    /// The members, in the canonical order of ISA strings.
    pub fn iter(self) -> impl Iterator<Item = Extension> {
        Extension::ALL
            .iter()
            .copied()
            .filter(move |&extension| self.contains(extension))
    }

    /// The value of `misa`: MXL = 2 and a bit for each single letter
    /// (privileged specification, Machine ISA Register), S and U included. B
    /// stands for Zba, Zbb and Zbs together.
    #[must_use]
    pub const fn misa(self) -> u64 {
        const MXL_64: u64 = 2 << 62;
        let mut value = MXL_64 | letter(b's') | letter(b'u');
        let mut i = 0;
        while i < Extension::ALL.len() {
            let name = Extension::ALL[i].name().as_bytes();
            if name.len() == 1 && self.contains(Extension::ALL[i]) {
                value |= letter(name[0]);
            }
            i += 1;
        }
        if Requirement::all_of(&[Extension::Zba, Extension::Zbb, Extension::Zbs]).is_met_by(self) {
            value |= letter(b'b');
        }
        value
    }

    /// Adds `extension` and what it implies, rule by rule.
    const fn insert(self, extension: Extension) -> Self {
        let mut set = Self(self.0 | bit(extension));
        let implied = extension.implies();
        let mut i = 0;
        while i < implied.len() {
            set = set.insert(implied[i]);
            i += 1;
        }
        set
    }
}

const fn bit(extension: Extension) -> u64 {
    1 << extension as u8
}

const fn letter(letter: u8) -> u64 {
    1 << (letter - b'a')
}

impl fmt::Debug for IsaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// What an instruction or a CSR needs to exist: all of one set and, if it is
/// not empty, one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirement {
    all: IsaSet,
    any: IsaSet,
}

impl Requirement {
    /// Needs every one of `extensions`.
    #[must_use]
    pub const fn all_of(extensions: &[Extension]) -> Self {
        Self {
            all: exactly(extensions),
            any: IsaSet::EMPTY,
        }
    }

    /// Needs at least one of `extensions`.
    #[must_use]
    pub const fn any_of(extensions: &[Extension]) -> Self {
        Self {
            all: IsaSet::EMPTY,
            any: exactly(extensions),
        }
    }

    /// Is it met by a hart that has `isa`?
    #[must_use]
    pub const fn is_met_by(self, isa: IsaSet) -> bool {
        isa.0 & self.all.0 == self.all.0 && (self.any.0 == 0 || isa.0 & self.any.0 != 0)
    }

    /// The extensions of which all are needed.
    #[must_use]
    pub const fn all(self) -> IsaSet {
        self.all
    }

    /// The extensions of which one is needed; empty if there is no choice.
    #[must_use]
    pub const fn any(self) -> IsaSet {
        self.any
    }
}

/// The set of just these extensions, without what they imply.
const fn exactly(extensions: &[Extension]) -> IsaSet {
    let mut set = IsaSet::EMPTY;
    let mut i = 0;
    while i < extensions.len() {
        set.0 |= bit(extensions[i]);
        i += 1;
    }
    set
}

/// Prints as `zacas and zabha` or `zbb or zbkb`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (set, word) = if self.any == IsaSet::EMPTY {
            (self.all, " and ")
        } else {
            (self.any, " or ")
        };
        for (i, extension) in set.iter().enumerate() {
            if i > 0 {
                f.write_str(word)?;
            }
            f.write_str(extension.name())?;
        }
        Ok(())
    }
}

/// The `needs` part of a table row: `A`, `A & B` or `A | B`.
macro_rules! needs {
    ($first:ident $(& $more:ident)*) => {
        $crate::Requirement::all_of(&[$crate::Extension::$first $(, $crate::Extension::$more)*])
    };
    ($first:ident $(| $more:ident)+) => {
        $crate::Requirement::any_of(&[$crate::Extension::$first $(, $crate::Extension::$more)+])
    };
}
pub(crate) use needs;
