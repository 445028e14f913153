//! The section `.riscv.attributes`: what an object says that it was built for.
//!
//! RISC-V ELF psABI specification, RISC-V Attributes: a format version, then
//! subsections of vendors, in them parts that concern the whole file, a section
//! or a symbol, in these pairs of a tag and a value. A value of an odd tag is a
//! text, one of an even tag a number.

use crate::strings::printable;

const FORMAT: u8 = b'A';
const VENDOR: &[u8] = b"riscv";
/// `Tag_file`: attributes of the whole file.
const TAG_FILE: u64 = 1;
/// `Tag_RISCV_arch`.
const TAG_ARCH: u64 = 5;

/// The value of `Tag_RISCV_arch`. Attributes are hints: where they are damaged,
/// nothing is known.
pub(crate) fn arch(section: &[u8]) -> Option<String> {
    let mut rest = section.strip_prefix(&[FORMAT])?;
    while let Some(subsection) = part(&mut rest, 0) {
        let (vendor, mut parts) = split_text(subsection)?;
        if vendor != VENDOR {
            continue;
        }
        while let Some(&tag) = parts.first() {
            let mut attributes = part(&mut parts, 1)?;
            if u64::from(tag) == TAG_FILE
                && let Some(text) = find_arch(&mut attributes)
            {
                return Some(printable(text));
            }
        }
    }
    None
}

/// Cuts off a part that has its length, 32 bits that count themselves and the
/// `before` bytes before them.
fn part<'a>(rest: &mut &'a [u8], before: usize) -> Option<&'a [u8]> {
    let start = before + 4;
    let length = u32::from_le_bytes(rest.get(before..start)?.try_into().ok()?);
    let length = usize::try_from(length).ok()?;
    let content = rest.get(start..length)?;
    *rest = &rest[length..];
    Some(content)
}

fn find_arch<'a>(attributes: &mut &'a [u8]) -> Option<&'a [u8]> {
    while !attributes.is_empty() {
        let tag = number(attributes)?;
        if tag % 2 == 0 {
            number(attributes)?;
            continue;
        }
        let (text, rest) = split_text(attributes)?;
        *attributes = rest;
        if tag == TAG_ARCH {
            return Some(text);
        }
    }
    None
}

/// A text up to its NUL byte, and what follows that.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|&byte| byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Reads a number in ULEB128.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One vendor with one part.
    fn section(vendor: &str, tag: u8, attributes: &[u8]) -> Vec<u8> {
        let part_length = 5 + attributes.len() as u32;
        let length = 4 + vendor.len() as u32 + 1 + part_length;
        let mut bytes = vec![FORMAT];
        bytes.extend(length.to_le_bytes());
        bytes.extend(vendor.as_bytes());
        bytes.extend([0, tag]);
        bytes.extend(part_length.to_le_bytes());
        bytes.extend(attributes);
        bytes
    }

    /// Stack alignment 16, an unknown tag of two bytes, and an ISA string.
    const GOOD: &[u8] = b"\x04\x10\x80\x01\xff\x01\x05rv64i2p1_c2p0\0";

    #[test]
    fn the_isa_string_is_found_among_others() {
        let good = section("riscv", 1, GOOD);
        assert_eq!(arch(&good).as_deref(), Some("rv64i2p1_c2p0"));
        let mut second = section("other", 1, b"\x05rv32i\0");
        second.extend(&good[1..]);
        assert_eq!(arch(&second).as_deref(), Some("rv64i2p1_c2p0"));
        assert_eq!(arch(&section("riscv", 2, GOOD)), None, "of a section only");
    }

    #[test]
    fn damage_is_no_isa_string() {
        let good = section("riscv", 1, GOOD);
        for length in 0..good.len() {
            assert_eq!(arch(&good[..length]), None, "{length} bytes");
        }
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0xff;
            // Any answer is right that comes without a panic.
            let _ = arch(&bad);
        }
        assert_eq!(arch(b"B"), None);
    }
}
