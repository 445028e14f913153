//! ISA strings, as QEMU, Spike, compilers and device trees write them.
//!
//! RISC-V unprivileged specification, ISA Extension Naming Conventions:
//! `rv64` and the base, single letters, then longer names after underscores.
//! Case does not matter, version numbers (`2p1`) are read over, and the
//! groups G and B are known.

use crate::{Extension, IsaSet};
use core::fmt;
use core::str::FromStr;

/// Letters that stand for several extensions, or for none of the table.
const GROUPS: &[(char, &[Extension])] = &[
    (
        'g',
        &[
            Extension::I,
            Extension::M,
            Extension::A,
            Extension::F,
            Extension::D,
            Extension::Zicsr,
            Extension::Zifencei,
        ],
    ),
    ('b', &[Extension::Zba, Extension::Zbb, Extension::Zbs]),
    // The privilege levels that every hart here has; some device trees name
    // them.
    ('s', &[]),
    ('u', &[]),
];

/// Why a text is not an ISA string that Pagewalk can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIsaError {
    kind: ParseIsaErrorKind,
    part: Excerpt,
    position: usize,
}

/// The kinds of [`ParseIsaError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseIsaErrorKind {
    /// It does not start with `rv` and a width.
    NotAnIsaString,
    /// The width is not 64 bits.
    UnsupportedWidth,
    /// The base is neither I nor G.
    UnsupportedBase,
    /// There is no such extension, or not here.
    UnknownExtension,
    /// Nothing stands between two underscores, or after the last.
    EmptyPart,
}

impl ParseIsaError {
    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> ParseIsaErrorKind {
        self.kind
    }

    /// Offset in bytes of the part that is wrong.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }

    /// The part that is wrong, cut if it is very long.
    #[must_use]
    pub fn part(&self) -> &str {
        self.part.as_str()
    }
}

impl fmt::Display for ParseIsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.as_str();
        let character = self.position + 1;
        match self.kind {
            ParseIsaErrorKind::NotAnIsaString => {
                write!(f, "an ISA string starts with rv64, not with `{part}`")
            }
            ParseIsaErrorKind::UnsupportedWidth => {
                write!(f, "only rv64 is implemented, not `{part}`")
            }
            ParseIsaErrorKind::UnsupportedBase => write!(
                f,
                "the base at character {character} must be i or g, not `{part}`"
            ),
            ParseIsaErrorKind::EmptyPart => {
                write!(
                    f,
                    "no extension follows the underscore at character {}",
                    character - 1
                )
            }
            ParseIsaErrorKind::UnknownExtension => {
                write!(
                    f,
                    "unknown extension `{part}` at character {character} of the ISA string; there are"
                )?;
                for extension in Extension::ALL {
                    write!(f, " {}", extension.name())?;
                }
                f.write_str(", g for imafd_zicsr_zifencei and b for zba_zbb_zbs")
            }
        }
    }
}

impl core::error::Error for ParseIsaError {}

impl FromStr for IsaSet {
    type Err = ParseIsaError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let start = after_width(text)?;
        let base = &text[start..];
        if !base.starts_with(['i', 'I', 'g', 'G']) {
            let end = base.chars().next().map_or(0, char::len_utf8);
            return Err(error(
                ParseIsaErrorKind::UnsupportedBase,
                &base[..end],
                start,
            ));
        }
        let mut set = Self::BASE;
        let mut position = start;
        for part in text[start..].split('_') {
            if part.is_empty() {
                return Err(error(ParseIsaErrorKind::EmptyPart, part, position));
            }
            set = add_part(set, part, position)?;
            position += part.len() + 1;
        }
        Ok(set)
    }
}

/// The offset behind `rv64`.
fn after_width(text: &str) -> Result<usize, ParseIsaError> {
    let is_rv = text
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("rv"));
    let width = if is_rv { leading_digits(&text[2..]) } else { 0 };
    if width == 0 {
        return Err(error(ParseIsaErrorKind::NotAnIsaString, text, 0));
    }
    let end = 2 + width;
    if &text[2..end] != "64" {
        return Err(error(ParseIsaErrorKind::UnsupportedWidth, &text[..end], 0));
    }
    Ok(end)
}

/// Adds what stands between two underscores: single letters, then at most one
/// longer name.
fn add_part(mut set: IsaSet, part: &str, position: usize) -> Result<IsaSet, ParseIsaError> {
    let mut rest = part;
    while let Some(letter) = rest.chars().next() {
        if let Some(extension) = long_name(rest) {
            return Ok(set.with(extension));
        }
        let length = letter.len_utf8();
        let unknown = |text| {
            let at = position + part.len() - rest.len();
            Err(error(ParseIsaErrorKind::UnknownExtension, text, at))
        };
        match letter.to_ascii_lowercase() {
            'z' | 'x' => return unknown(rest),
            // Ss… and Sv… are long names, too; a lone S, or SU, is not.
            's' if !matches!(rest.as_bytes().get(1), None | Some(b'u' | b'U')) => {
                return unknown(rest);
            }
            _ => {}
        }
        let Some(extensions) = single_letter(letter.to_ascii_lowercase()) else {
            return unknown(&rest[..length]);
        };
        for &extension in extensions {
            set = set.with(extension);
        }
        rest = &rest[length..];
        rest = &rest[leading_version(rest)..];
    }
    Ok(set)
}

fn single_letter(letter: char) -> Option<&'static [Extension]> {
    let group = GROUPS.iter().find(|(name, _)| *name == letter);
    if let Some((_, extensions)) = group {
        return Some(extensions);
    }
    let named = |extension: &Extension| extension.name().chars().eq([letter]);
    let position = Extension::ALL.iter().position(named)?;
    Some(&Extension::ALL[position..=position])
}

/// The extension with this name of several letters, a version behind it or
/// not.
fn long_name(text: &str) -> Option<Extension> {
    let named = |name: &str| {
        Extension::ALL.iter().copied().find(|extension| {
            extension.name().len() > 1 && extension.name().eq_ignore_ascii_case(name)
        })
    };
    named(text).or_else(|| named(without_version(text)))
}

/// `zicsr2p0` and `zicsr2` without their version.
fn without_version(text: &str) -> &str {
    let digits = |text: &str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let minor = &text[..digits(text)];
    let Some(major) = minor.strip_suffix(['p', 'P']) else {
        return minor;
    };
    let name = &major[..digits(major)];
    if name.len() < major.len() {
        name
    } else {
        minor
    }
}

/// Length of a version such as `2` or `2p1` at the start of `text`.
fn leading_version(text: &str) -> usize {
    let major = leading_digits(text);
    let minor = text[major..]
        .strip_prefix(['p', 'P'])
        .map_or(0, leading_digits);
    if major > 0 && minor > 0 {
        major + 1 + minor
    } else {
        major
    }
}

fn leading_digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn error(kind: ParseIsaErrorKind, part: &str, position: usize) -> ParseIsaError {
    ParseIsaError {
        kind,
        part: Excerpt::new(part),
        position,
    }
}

/// A short copy of a text, for there is no allocation here.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Excerpt {
    bytes: [u8; 32],
    len: u8,
}

impl Excerpt {
    fn new(text: &str) -> Self {
        let mut bytes = [0; 32];
        let len = text.floor_char_boundary(bytes.len());
        bytes[..len].copy_from_slice(&text.as_bytes()[..len]);
        Self {
            bytes,
            len: len as u8,
        }
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)])
            .expect("the text was cut between characters")
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The canonical ISA string, which names every extension of the set.
impl fmt::Display for IsaSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rv64")?;
        for extension in self.iter() {
            if extension.name().len() > 1 {
                f.write_str("_")?;
            }
            f.write_str(extension.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use Extension::*;
    use std::string::ToString;
    use std::vec::Vec;

    fn parse(text: &str) -> IsaSet {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn strings_as_the_tools_write_them() {
        let imafdc = IsaSet::from_extensions(&[I, M, A, F, D, C]);
        assert_eq!(parse("rv64imafdc"), imafdc);
        assert_eq!(parse("RV64IMAFDC"), imafdc);
        assert_eq!(parse("rv64gc"), imafdc.with(Zifencei));
        assert_eq!(parse("rv64imafdcsu"), imafdc);
        assert_eq!(parse("rv64imafdcb"), imafdc.with(Zba).with(Zbb).with(Zbs));
        assert_eq!(parse("rv64i_m_a_f_d_c"), imafdc);
        assert_eq!(
            parse("rv64gc_zba_zbb_sstc_svadu"),
            parse("rv64gc").with(Zba).with(Zbb).with(Sstc).with(Svadu)
        );
        assert_eq!(
            parse("rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zaamo1p0_zca1"),
            imafdc
        );
        assert_eq!(parse("rv64imazicsr_zbkb"), parse("rv64ima_zbkb"));
        assert_eq!(parse("rv64isvinval"), IsaSet::BASE.with(Svinval));
    }

    #[test]
    fn what_is_implied_comes_along() {
        assert!(parse("rv64id").contains(F));
        assert!(parse("rv64ic").contains(Zca) && !parse("rv64ic").contains(Zcd));
        assert!(parse("rv64icd").contains(Zcd) && parse("rv64idc").contains(Zcd));
        assert!(parse("rv64i_zfh").contains(Zfhmin) && parse("rv64i_zfh").contains(F));
        assert!(parse("rv64i_zacas").contains(Zaamo) && !parse("rv64i_zacas").contains(Zalrsc));
        assert!(parse("rv64i").contains(Zicsr));
    }

    #[test]
    fn canonical_strings_lead_back() {
        let text = IsaSet::ANNOUNCED.to_string();
        assert_eq!(parse(&text), IsaSet::ANNOUNCED);
        assert_eq!(IsaSet::BASE.to_string(), "rv64i_zicsr");
        assert_eq!(
            parse("rv64gc").to_string(),
            "rv64imafdc_zicsr_zifencei_zmmul_zaamo_zalrsc_zca_zcd"
        );
        for &extension in Extension::ALL {
            let set = IsaSet::BASE.with(extension);
            assert_eq!(parse(&set.to_string()), set);
            let set = IsaSet::ANNOUNCED.without(extension);
            assert_eq!(parse(&set.to_string()), set, "{extension:?}");
        }
    }

    /// Z names by the letter after Z, in the order of single letters, then by
    /// name; S names after them.
    #[test]
    fn the_table_is_in_canonical_order() {
        const ORDER: &str = "imafdcb";
        let key = |name: &'static str| {
            let letters: Vec<char> = name.chars().collect();
            let category = match letters[..] {
                [letter] => ORDER.find(letter),
                ['z', second, ..] => ORDER.find(second).map(|at| at + 100),
                ['s', _, ..] => Some(1000),
                _ => None,
            };
            (
                category.unwrap_or_else(|| panic!("{name}: no place in the order")),
                name,
            )
        };
        // "zmmul" stands between zi… and za….
        assert!(Extension::ALL.is_sorted_by_key(|extension| key(extension.name())));
    }

    #[test]
    fn errors_name_part_and_place() {
        use ParseIsaErrorKind::*;
        for (text, kind, part, position) in [
            ("", NotAnIsaString, "", 0),
            ("x86", NotAnIsaString, "x86", 0),
            ("rv", NotAnIsaString, "rv", 0),
            ("rv32imac", UnsupportedWidth, "rv32", 0),
            ("rv128i", UnsupportedWidth, "rv128", 0),
            ("rv64", UnsupportedBase, "", 4),
            ("rv64e", UnsupportedBase, "e", 4),
            ("rv64éi", UnsupportedBase, "é", 4),
            ("rv64gch", UnknownExtension, "h", 6),
            ("rv64gcv_zba", UnknownExtension, "v", 6),
            ("rv64gc_zba_zvfh_zbb", UnknownExtension, "zvfh", 11),
            ("rv64gc_smepmp", UnknownExtension, "smepmp", 7),
            ("rv64gc_zic64b", UnknownExtension, "zic64b", 7),
            ("rv64gc_xtheadba", UnknownExtension, "xtheadba", 7),
            ("rv64gc__zba", EmptyPart, "", 7),
            ("rv64gc_", EmptyPart, "", 7),
        ] {
            let error = text.parse::<IsaSet>().expect_err(text);
            assert_eq!(
                (error.kind(), error.part(), error.position()),
                (kind, part, position),
                "{text}"
            );
        }
        let message = "rv64gc_zbb_zfoo".parse::<IsaSet>().unwrap_err().to_string();
        assert!(
            message.starts_with("unknown extension `zfoo` at character 12"),
            "{message}"
        );
        assert!(
            message.contains(" zbb ") && message.contains(" svpbmt"),
            "{message}"
        );
    }

    #[test]
    fn removing_takes_dependents_and_parts_along() {
        let full = IsaSet::ANNOUNCED;
        let gone = |set: IsaSet, extensions: &[Extension]| {
            extensions.iter().all(|&extension| !set.contains(extension))
        };
        assert!(gone(full.without(D), &[D, Zcd]));
        assert!(full.without(D).contains(F));
        assert!(gone(full.without(F), &[F, D, Zcd, Zfa, Zfh, Zfhmin]));
        assert!(gone(
            full.without(A),
            &[A, Zaamo, Zalrsc, Zacas, Zabha, Zawrs]
        ));
        assert!(gone(full.without(C), &[C, Zca, Zcb, Zcd, Zcmop]));
        assert!(full.without(C).contains(D));
        assert!(gone(full.without(M), &[M, Zmmul]));
        assert!(gone(full.without(Zcd), &[C, Zcd]) && full.without(Zcd).contains(D));
        assert_eq!(full.without(I).without(Zicsr), full);
    }
}
