//! The root disk: a tar archive.
//!
//! Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange
//! Format"; GNU tar's manual, "GNU Extensions", for long names. Only what is needed to
//! find files: each member is a header of one sector and its content, in whole
//! sectors, so that content begins at a sector and can be read a page at a time.

use alloc::vec::Vec;

/// Bytes of a sector, and of a header.
pub const SECTOR: usize = 512;

/// What a member is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to there.
    Symlink(Vec<u8>),
    /// The same file as that one.
    HardLink(Vec<u8>),
    /// A device or the like, which we have none of.
    Other,
}

/// A member of the archive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its path.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permissions.
    pub mode: u32,
    /// When it was changed, in seconds since 1970.
    pub mtime: u64,
    /// The first sector of its content.
    pub sector: u64,
    /// Bytes of its content.
    pub size: u64,
}

/// Why an archive cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Problem<E> {
    /// The disk.
    Read(E),
    /// The header in this sector is none, or says what cannot be.
    BadHeader(u64),
}

/// Reads an archive of `sectors` sectors from header to header; `read` fills its
/// buffer from a sector on. `found` gets all members in order.
///
/// # Errors
/// See [`Problem`].
pub fn read<E>(
    sectors: u64,
    mut read: impl FnMut(u64, &mut [u8]) -> Result<(), E>,
    mut found: impl FnMut(Member),
) -> Result<(), Problem<E>> {
    let mut next = 0;
    let mut extra = Extra::default();
    while next < sectors {
        let mut header = [0; SECTOR];
        read(next, &mut header).map_err(Problem::Read)?;
        if header == [0; SECTOR] {
            // The end is two sectors of zeros; one is enough for us.
            return Ok(());
        }
        let bad = Problem::BadHeader(next);
        let (member, flag) = parse(&header, next).ok_or(bad)?;
        let content = next + 1;
        let length = member.size.div_ceil(SECTOR as u64);
        next = content
            .checked_add(length)
            .filter(|&next| next <= sectors)
            .ok_or(Problem::BadHeader(next))?;
        match flag {
            b'x' | b'L' | b'K' => {
                if member.size > MOST_EXTRA {
                    return Err(Problem::BadHeader(content - 1));
                }
                let mut bytes = alloc::vec![0; length as usize * SECTOR];
                for (sector, chunk) in (content..).zip(bytes.chunks_mut(SECTOR)) {
                    read(sector, chunk).map_err(Problem::Read)?;
                }
                bytes.truncate(member.size as usize);
                extra
                    .take(flag, bytes)
                    .ok_or(Problem::BadHeader(content - 1))?;
            }
            // Settings for all members: nothing that we need.
            b'g' => {}
            _ => {
                let member = core::mem::take(&mut extra).apply(member);
                let length = match member.kind {
                    Kind::File => member.size.div_ceil(SECTOR as u64),
                    _ => 0,
                };
                let end = content.checked_add(length).filter(|&end| end <= sectors);
                next = end.ok_or(Problem::BadHeader(content - 1))?;
                found(member);
            }
        }
    }
    Ok(())
}

/// Bytes of a long name or of pax records; more makes no sense.
const MOST_EXTRA: u64 = 64 << 10;

/// What headers say of the next member.
#[derive(Default)]
struct Extra {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extra {
    fn take(&mut self, flag: u8, mut bytes: Vec<u8>) -> Option<()> {
        match flag {
            b'x' => return self.take_records(&bytes),
            b'L' => self.path = Some(until_zero(&mut bytes)),
            _ => self.link = Some(until_zero(&mut bytes)),
        }
        Some(())
    }

    /// Records `length key=value\n`, the length being that of the whole record.
    fn take_records(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !bytes.is_empty() {
            let blank = bytes.iter().position(|byte| *byte == b' ')?;
            let length: usize = text(&bytes[..blank])?.parse().ok()?;
            let record = bytes.get(blank + 1..length)?.strip_suffix(b"\n")?;
            bytes = &bytes[length..];
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.path = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = Some(text(value)?.parse().ok()?),
                _ => {}
            }
        }
        Some(())
    }

    fn apply(self, mut member: Member) -> Member {
        if let Some(path) = self.path {
            member.path = path;
        }
        if let (Some(link), Kind::Symlink(to) | Kind::HardLink(to)) = (self.link, &mut member.kind)
        {
            *to = link;
        }
        member.size = self.size.unwrap_or(member.size);
        member
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

fn until_zero(bytes: &mut Vec<u8>) -> Vec<u8> {
    if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
        bytes.truncate(end);
    }
    core::mem::take(bytes)
}

/// A header, and its type flag.
fn parse(header: &[u8; SECTOR], sector: u64) -> Option<(Member, u8)> {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    // The field of the sum counts as blanks.
    let expected = sum(&header[..148]) + 8 * u64::from(b' ') + sum(&header[156..]);
    if expected != number(&header[148..156])? {
        return None;
    }
    let field = |from: usize, to: usize| until_zero(&mut header[from..to].to_vec());
    let mut path = field(0, 100);
    if header[257..262] == *b"ustar" && header[262..264] != *b" \0" && header[345] != 0 {
        let mut long = field(345, 500);
        long.push(b'/');
        long.append(&mut path);
        path = long;
    }
    let flag = header[156];
    let kind = match flag {
        b'0' | 0 | b'7' if path.ends_with(b"/") => Kind::Directory,
        b'0' | 0 | b'7' => Kind::File,
        b'1' => Kind::HardLink(field(157, 257)),
        b'2' => Kind::Symlink(field(157, 257)),
        b'5' => Kind::Directory,
        _ => Kind::Other,
    };
    let member = Member {
        path,
        kind,
        mode: number(&header[100..108])? as u32 & 0o7777,
        mtime: number(&header[136..148])?,
        sector: sector + 1,
        size: number(&header[124..136])?,
    };
    Some((member, flag))
}

/// A number: octal digits, or, with the highest bit set, binary (GNU).
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (head, tail) = field.split_at(field.len() - 8);
        let fits = head[0] == 0x80 && head[1..].iter().all(|byte| *byte == 0);
        let value = tail
            .iter()
            .fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        return if head.is_empty() {
            None
        } else {
            fits.then_some(value)
        };
    }
    let digits = text(field)?.trim_matches([' ', '\0']);
    if digits.is_empty() {
        return Some(0);
    }
    u64::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A member with a header as GNU and POSIX both read it.
    fn member(path: &str, flag: u8, link: &str, content: &[u8]) -> Vec<u8> {
        let mut header = [0u8; SECTOR];
        header[..path.len()].copy_from_slice(path.as_bytes());
        header[100..108].copy_from_slice(b"0000755\0");
        let size = alloc::format!("{:011o}\0", content.len());
        header[124..136].copy_from_slice(size.as_bytes());
        header[136..148].copy_from_slice(b"00000001750\0");
        header[156] = flag;
        header[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(alloc::format!("{sum:06o}\0 ").as_bytes());
        let mut bytes = header.to_vec();
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(SECTOR), 0);
        bytes
    }

    fn list(archive: &[u8]) -> Result<Vec<Member>, Problem<()>> {
        let mut members = Vec::new();
        let get = |sector: u64, out: &mut [u8]| {
            let start = sector as usize * SECTOR;
            out.copy_from_slice(archive.get(start..start + out.len()).ok_or(())?);
            Ok(())
        };
        read((archive.len() / SECTOR) as u64, get, |member| {
            members.push(member)
        })?;
        Ok(members)
    }

    #[test]
    fn members_are_found_with_what_other_headers_say_of_them() {
        let mut archive = member("bin/", b'5', "", b"");
        archive.extend(member("bin/a", b'0', "", &[1; 513]));
        archive.extend(member("././@LongLink", b'L', "", b"long/name\0"));
        archive.extend(member("short", b'2', "bin/a", b""));
        archive.extend(member("pax", b'x', "", b"14 path=new/p\n9 size=3\n"));
        archive.extend(member("old", b'0', "", b"abc"));
        archive.extend(member("hard", b'1', "bin/a", b""));
        archive.extend([0; 2 * SECTOR]);
        let members = list(&archive).unwrap();
        let seen: Vec<_> = members
            .iter()
            .map(|m| (m.path.as_slice(), m.sector, m.size))
            .collect();
        assert_eq!(
            seen,
            [
                (&b"bin/"[..], 1, 0),
                (b"bin/a", 2, 513),
                (b"long/name", 7, 0),
                (b"new/p", 10, 3),
                (b"hard", 12, 0),
            ]
        );
        assert_eq!(members[0].kind, Kind::Directory);
        assert_eq!(members[2].kind, Kind::Symlink(b"bin/a".to_vec()));
        assert_eq!(members[4].kind, Kind::HardLink(b"bin/a".to_vec()));
        assert_eq!((members[1].mode, members[1].mtime), (0o755, 1000));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let good = member("a", b'0', "", &[1; 600]);
        assert_eq!(list(&good[..2 * SECTOR]), Err(Problem::BadHeader(0)));
        let mut bad = good.clone();
        bad[0] ^= 1;
        assert_eq!(list(&bad), Err(Problem::BadHeader(0)));
        let pax = member("p", b'x', "", b"99 path=x\n");
        assert_eq!(list(&pax), Err(Problem::BadHeader(0)));
    }
}
