//! The root archive: the files that processes find, as a tar archive in memory.
//!
//! It comes from a directory or from an archive of the user, and programs are
//! added. A directory is walked in the order of names, and owners are left out, so
//! that the same files give the same archive, wherever they come from.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use pagewalk_machine::Config as Board;
use tar::{Archive, Builder, EntryType, Header};

use crate::terminal::say;

/// Most bytes of an archive: it is in memory, and whoever names `/` means
/// something else.
const LARGEST: u64 = 4 << 30;

/// Links that are followed for one path, as Linux does.
const LINKS: usize = 40;

/// Where a program without a slash in its name is looked for.
const PATHS: [&str; 5] = ["usr/local/bin", "usr/bin", "bin", "usr/sbin", "sbin"];

/// Where programs go that are not in the root yet.
const PROGRAMS: &str = "bin";

/// A root that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub(crate) struct RootError {
    path: PathBuf,
    problem: Problem,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("no such directory or tar archive; check the path of --root")]
    Missing,
    #[error("cannot be read: {0}; check its permissions")]
    Read(io::Error),
    #[error("is neither a directory nor a tar archive ({0})")]
    NotTar(io::Error),
    #[error("is a compressed archive; unpack it first (gunzip, unxz, unzstd)")]
    Compressed,
    #[error("is cut off: its last file is not all there; make the archive again")]
    CutOff,
    #[error("is more than {LARGEST} bytes, with all that is in it: too much for a root in memory")]
    TooLarge,
}

/// The files that processes find.
#[derive(Debug, Default)]
pub(crate) struct Root {
    /// An archive without its end.
    bytes: Vec<u8>,
    /// What is in it, by paths without a slash in front.
    entries: BTreeMap<Vec<u8>, Entry>,
    /// The directory that it was made from.
    directory: Option<PathBuf>,
}

/// Something in an archive.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Entry {
    File(Range<usize>),
    /// A link to this path, seen from where it is.
    Link(Vec<u8>),
    Other,
}

/// A file of the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found<'a> {
    /// Its absolute path.
    pub(crate) path: Vec<u8>,
    pub(crate) bytes: &'a [u8],
}

impl Root {
    /// What a directory or a tar archive holds.
    ///
    /// # Errors
    /// [`RootError`] if it is neither, or cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, RootError> {
        let kind = path.metadata().map_err(|error| fail(path, error))?;
        if !kind.is_dir() {
            let bytes = read_archive(path, &kind)?;
            return Self::index(bytes).map_err(|problem| wrong(path, problem));
        }
        let mut builder = Builder::new(Vec::new());
        pack(&mut builder, path, Path::new(""))?;
        let bytes = builder.into_inner().map_err(|error| fail(path, error))?;
        let root = Self::index(bytes).map_err(|problem| wrong(path, problem))?;
        Ok(Self {
            directory: fs::canonicalize(path).ok(),
            ..root
        })
    }

    /// Finds out what is in an archive.
    fn index(bytes: Vec<u8>) -> Result<Self, Problem> {
        let mut root = Self::default();
        let mut end = 0;
        let mut archive = Archive::new(&bytes[..]);
        for entry in archive.entries().map_err(Problem::NotTar)? {
            let entry = entry.map_err(|error| match end {
                0 => Problem::NotTar(error),
                _ => Problem::CutOff,
            })?;
            let kind = entry.header().entry_type();
            let has_data = !matches!(kind, EntryType::Symlink | EntryType::Link);
            let size = match kind {
                EntryType::GNUSparse => entry.header().entry_size().unwrap_or(0),
                _ if has_data => entry.size(),
                _ => 0,
            };
            let start = entry.raw_file_position();
            let stop = start.checked_add(size).ok_or(Problem::CutOff)?;
            if stop > bytes.len() as u64 {
                return Err(Problem::CutOff);
            }
            // Both are within a vector.
            let data = start as usize..stop as usize;
            end = data.end.next_multiple_of(512).min(bytes.len());
            let link = || entry.link_name_bytes().unwrap_or_default().into_owned();
            let what = match kind {
                EntryType::Regular | EntryType::Continuous => Entry::File(data),
                EntryType::Symlink => Entry::Link(link()),
                // These name another entry, from the root.
                EntryType::Link => Entry::Link([b"/", &link()[..]].concat()),
                _ => Entry::Other,
            };
            root.entries.insert(plain(&entry.path_bytes()), what);
        }
        root.bytes = bytes;
        root.bytes.truncate(end);
        root.bytes.resize(end.next_multiple_of(512), 0);
        Ok(root)
    }

    /// The file that the user means by the name of a program, if it is in the root:
    /// by its path there, by its name in one of the usual places, or by its path on
    /// the host if the root was made from a directory.
    pub(crate) fn program(&self, typed: &OsStr) -> Option<Found<'_>> {
        let inside = |directory: &PathBuf| {
            let path = fs::canonicalize(typed).ok()?;
            let path = path.strip_prefix(directory).ok()?;
            self.find(path.as_os_str().as_bytes())
        };
        let inside = self.directory.as_ref().and_then(inside);
        inside.or_else(|| {
            let name = typed.as_bytes();
            if name.contains(&b'/') {
                return self.find(name);
            }
            let paths = PATHS
                .iter()
                .map(|place| [place.as_bytes(), b"/", name].concat());
            paths.into_iter().find_map(|path| self.find(&path))
        })
    }

    /// The file at a path, seen from the root. It keeps this path even if there are
    /// links on it: a program may look at its name.
    fn find(&self, path: &[u8]) -> Option<Found<'_>> {
        match self.entries.get(&self.resolve(path)?)? {
            Entry::File(range) => Some(Found {
                path: [b"/", &plain(path)[..]].concat(),
                bytes: &self.bytes[range.clone()],
            }),
            Entry::Link(_) | Entry::Other => None,
        }
    }

    /// A path without links in it. What is not there stands for itself.
    fn resolve(&self, path: &[u8]) -> Option<Vec<u8>> {
        let split = |path: &[u8]| -> VecDeque<Vec<u8>> {
            path.split(|byte| *byte == b'/')
                .map(<[u8]>::to_vec)
                .collect()
        };
        let mut left = split(path);
        let mut done: Vec<Vec<u8>> = Vec::new();
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            match &name[..] {
                b"" | b"." => continue,
                b".." => {
                    done.pop();
                    continue;
                }
                _ => done.push(name),
            }
            if let Some(Entry::Link(target)) = self.entries.get(&done.join(&b'/')) {
                links += 1;
                if links > LINKS {
                    return None;
                }
                done.pop();
                if target.starts_with(b"/") {
                    done.clear();
                }
                let rest = std::mem::take(&mut left);
                left = split(target);
                left.extend(rest);
            }
        }
        Some(done.join(&b'/'))
    }

    /// Adds a program, and tells its absolute path.
    pub(crate) fn add_program(&mut self, name: &OsStr, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let folder = self.resolve(PROGRAMS.as_bytes());
        let folder = folder.unwrap_or_else(|| PROGRAMS.into());
        let mut path = [&folder, &b"/"[..], name.as_bytes()].concat();
        // A file of the user's is never replaced.
        while self.entries.contains_key(&path) {
            path.push(b'_');
        }
        let mut builder = Builder::new(std::mem::take(&mut self.bytes));
        let has_folder = self.entries.contains_key(&folder);
        if !has_folder {
            let mut header = header(EntryType::Directory, 0o755, 0);
            let name = [&folder, &b"/"[..]].concat();
            builder.append_data(&mut header, OsStr::from_bytes(&name), io::empty())?;
        }
        self.entries.entry(folder).or_insert(Entry::Other);
        let mut header = header(EntryType::Regular, 0o755, bytes.len() as u64);
        builder.append_data(&mut header, OsStr::from_bytes(&path), bytes)?;
        // The data is the last that was written, and padded to a whole block.
        let end = builder.get_ref().len();
        let start = end - bytes.len().next_multiple_of(512);
        self.bytes = builder.into_inner()?;
        self.bytes.truncate(end);
        let range = start..start + bytes.len();
        self.entries.insert(path.clone(), Entry::File(range));
        path.insert(0, b'/');
        Ok(path)
    }

    /// The whole archive.
    pub(crate) fn into_archive(mut self) -> Vec<u8> {
        // POSIX pax: two blocks of zeros are its end.
        self.bytes.extend([0; 1024]);
        self.bytes
    }
}

/// Reads an archive.
fn read_archive(path: &Path, kind: &Metadata) -> Result<Vec<u8>, RootError> {
    const COMPRESSED: [&[u8]; 4] = [b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"BZh"];
    if !kind.is_file() {
        let error = io::Error::other("it is not a regular file");
        return Err(wrong(path, Problem::NotTar(error)));
    }
    if kind.len() > LARGEST {
        return Err(wrong(path, Problem::TooLarge));
    }
    let bytes = fs::read(path).map_err(|error| fail(path, error))?;
    if COMPRESSED.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(wrong(path, Problem::Compressed));
    }
    if bytes.len() < 512 {
        let error = io::Error::other("it is too short for one");
        return Err(wrong(path, Problem::NotTar(error)));
    }
    Ok(bytes)
}

/// Packs what is in a directory of the host; `name` is its path in the archive.
fn pack(builder: &mut Builder<Vec<u8>>, path: &Path, name: &Path) -> Result<(), RootError> {
    let names = fs::read_dir(path).and_then(|all| {
        all.map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<Vec<_>>>()
    });
    let mut names = names.map_err(|error| fail(path, error))?;
    names.sort();
    for file in names {
        pack_one(builder, &path.join(&file), &name.join(&file))?;
    }
    Ok(())
}

fn pack_one(builder: &mut Builder<Vec<u8>>, path: &Path, name: &Path) -> Result<(), RootError> {
    let failed = |error| fail(path, error);
    let metadata = fs::symlink_metadata(path).map_err(failed)?;
    let kind = metadata.file_type();
    let header = |kind, size| header_of(kind, &metadata, size);
    if kind.is_dir() {
        let mut header = header(EntryType::Directory, 0);
        let folder = name.join("");
        let packed = builder.append_data(&mut header, folder, io::empty());
        packed.map_err(failed)?;
        return pack(builder, path, name);
    }
    if kind.is_symlink() {
        let target = fs::read_link(path).map_err(failed)?;
        let mut header = header(EntryType::Symlink, 0);
        return builder
            .append_link(&mut header, name, target)
            .map_err(failed);
    }
    if !kind.is_file() {
        let what = if kind.is_socket() {
            "a socket"
        } else if kind.is_fifo() {
            "a named pipe"
        } else {
            "a device"
        };
        say(format_args!(
            "note: {} is {what}, and left out of the root",
            path.display()
        ));
        return Ok(());
    }
    let size = builder.get_ref().len() as u64 + metadata.size();
    if size > LARGEST {
        return Err(wrong(path, Problem::TooLarge));
    }
    let bytes = fs::read(path).map_err(failed)?;
    let mut header = header(EntryType::Regular, bytes.len() as u64);
    let packed = builder.append_data(&mut header, name, &bytes[..]);
    packed.map_err(failed)
}

/// The header of a file of the host: its mode and time, and no owner.
fn header_of(kind: EntryType, metadata: &Metadata, size: u64) -> Header {
    let mut header = header(kind, metadata.mode() & 0o7777, size);
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
    header
}

/// A header that says nothing of the host.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(Board::START_TIME / 1_000_000_000);
    header
}

/// A path without slashes at its ends, and without `.` in it.
fn plain(path: &[u8]) -> Vec<u8> {
    let parts = path.split(|byte| *byte == b'/');
    let parts: Vec<&[u8]> = parts.filter(|part| !matches!(*part, b"" | b".")).collect();
    parts.join(&b'/')
}

fn fail(path: &Path, error: io::Error) -> RootError {
    wrong(
        path,
        match error.kind() {
            io::ErrorKind::NotFound => Problem::Missing,
            _ => Problem::Read(error),
        },
    )
}

fn wrong(path: &Path, problem: Problem) -> RootError {
    RootError {
        path: path.to_owned(),
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(builder: &mut Builder<Vec<u8>>, path: &str, target: &str) {
        let mut header = header(EntryType::Symlink, 0o777, 0);
        builder
            .append_link(&mut header, path, target)
            .expect("memory");
    }

    fn file(builder: &mut Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
        let mut header = header(EntryType::Regular, 0o755, bytes.len() as u64);
        builder
            .append_data(&mut header, path, bytes)
            .expect("memory");
    }

    fn merged_usr() -> Root {
        let mut builder = Builder::new(Vec::new());
        link(&mut builder, "bin", "usr/bin");
        file(&mut builder, "usr/bin/busybox", b"elf");
        link(&mut builder, "usr/bin/sh", "/bin/busybox");
        link(&mut builder, "usr/bin/up", "../../bin/./sh");
        link(&mut builder, "loop", "loop");
        Root::index(builder.into_inner().expect("memory")).expect("a tar")
    }

    #[test]
    fn programs_are_found_through_links() {
        let root = merged_usr();
        for (typed, path) in [
            ("/bin/busybox", "/bin/busybox"),
            ("usr/bin/sh", "/usr/bin/sh"),
            ("./bin//up", "/bin/up"),
            ("sh", "/usr/bin/sh"),
        ] {
            let found = root.program(OsStr::new(typed)).expect(typed);
            assert_eq!(
                (&found.path[..], found.bytes),
                (path.as_bytes(), &b"elf"[..])
            );
        }
        for typed in [
            "loop",
            "/loop",
            "/loop/x",
            "/bin",
            "/bin/nothing",
            "nothing",
            "/",
        ] {
            assert_eq!(root.program(OsStr::new(typed)), None, "{typed}");
        }
    }

    #[test]
    fn a_program_is_added_and_nothing_replaced() {
        let mut root = merged_usr();
        let odd = OsStr::from_bytes(b"sp ace\xff");
        let path = root.add_program(odd, &[7; 513]).expect("memory");
        assert_eq!(path, b"/usr/bin/sp ace\xff");
        let path = root.add_program(OsStr::new("sh"), b"mine").expect("memory");
        assert_eq!(path, b"/usr/bin/sh_");
        let again = Root::index(root.into_archive()).expect("a tar");
        for (path, bytes) in [
            (&b"/bin/busybox"[..], &b"elf"[..]),
            (b"/bin/sh", b"elf"),
            (b"/usr/bin/sh_", b"mine"),
            (b"/usr/bin/sp ace\xff", &[7; 513]),
        ] {
            let found = again.program(OsStr::from_bytes(path)).expect("it is there");
            assert_eq!(found.bytes, bytes);
        }
        let mut empty = Root::default();
        let long = "x".repeat(200);
        let path = empty.add_program(OsStr::new(&long), b"1").expect("memory");
        let again = Root::index(empty.into_archive()).expect("a tar");
        assert_eq!(path, format!("/bin/{long}").as_bytes());
        assert!(again.program(OsStr::from_bytes(&path)).is_some());
    }

    #[test]
    fn what_is_no_archive_is_told_from_one_that_is_cut_off() {
        let whole = merged_usr().into_archive();
        assert!(
            Root::index(vec![0; 1024])
                .expect("an empty one")
                .entries
                .is_empty()
        );
        assert!(matches!(
            Root::index(vec![b'x'; 2048]),
            Err(Problem::NotTar(_))
        ));
        for len in [whole.len() - 1024 - 512 * 3 - 1, 512 * 2 + 1] {
            let cut = Root::index(whole[..len].to_vec());
            assert!(matches!(cut, Err(Problem::CutOff)), "{len}: {cut:?}");
        }
    }
}
