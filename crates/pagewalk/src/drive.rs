//! `--drive FILE[,ro]`: what it means, and opening what it names.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::bail;
use clap::builder::{OsStringValueParser, TypedValueParser};
use pagewalk_machine::disk::{Access, DiskError, FileDisk, Overlay, Problem};
use pagewalk_machine::{SharedDisk, VIRTIO_SLOTS};

/// A disk image, and what the guest may do with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Drive {
    pub(crate) file: PathBuf,
    pub(crate) access: Access,
}

/// What becomes of writes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Writes {
    /// They go to the images.
    Kept,
    /// They go to memory, and are gone after the run (`--snapshot`).
    Forgotten,
}

/// The parser of the option's value for clap.
pub(crate) fn parser() -> impl TypedValueParser<Value = Drive> {
    OsStringValueParser::new().try_map(parse)
}

/// Reads `FILE`, or `FILE,ro`. A comma in a file's name is doubled, as for
/// QEMU.
fn parse(text: OsString) -> Result<Drive, String> {
    let mut options = split(text.as_bytes()).into_iter();
    let file = options.next().unwrap_or_default();
    if file.is_empty() {
        return Err("a disk image is expected, for instance fs.img or fs.img,ro".to_owned());
    }
    if let Some(name) = file.strip_prefix(b"file=") {
        return Err(format!(
            "the image alone is expected, without `file=` and QEMU's other options: `{}`",
            String::from_utf8_lossy(name)
        ));
    }
    let mut access = Access::ReadWrite;
    for option in options {
        match &option[..] {
            b"ro" => access = Access::ReadOnly,
            _ => {
                return Err(format!(
                    "`{}` is no option of a drive; there is `ro` (read-only); a comma in the name \
                     of a file is doubled",
                    String::from_utf8_lossy(&option)
                ));
            }
        }
    }
    Ok(Drive {
        file: OsString::from_vec(file).into(),
        access,
    })
}

/// The parts between single commas; of two commas in a row one is left.
pub(crate) fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b',' && bytes.next_if_eq(&b',').is_none() {
            parts.push(Vec::new());
        } else {
            let last = parts.last_mut().expect("there is always one");
            last.push(byte);
        }
    }
    parts
}

/// Opens all drives of a board, each in a slot of its own.
pub(crate) fn open_all(drives: &[Drive], writes: Writes) -> anyhow::Result<Vec<SharedDisk>> {
    if drives.len() > VIRTIO_SLOTS as usize {
        bail!(
            "a board has room for {VIRTIO_SLOTS} drives, not {}\n  help: put several file systems \
             on one drive",
            drives.len()
        );
    }
    let mut disks = Vec::new();
    for (index, drive) in drives.iter().enumerate() {
        let disk = open(drive, writes).or_else(|error| {
            match drives[..index]
                .iter()
                .find(|other| is_same(&other.file, &drive.file))
            {
                Some(_) if matches!(error.problem, Problem::InUse(_)) => bail!(
                    "{}: is given twice, and only images that are all read-only can be\n  help: \
                     give one drive a copy, or use `,ro` for both or `--snapshot`",
                    drive.file.display()
                ),
                _ => Err(error.into()),
            }
        })?;
        disks.push(disk);
    }
    Ok(disks)
}

fn open(drive: &Drive, writes: Writes) -> Result<SharedDisk, DiskError> {
    let open = |access| FileDisk::open(&drive.file, access);
    Ok(match (drive.access, writes) {
        (Access::ReadWrite, Writes::Forgotten) => {
            Rc::new(RefCell::new(Overlay::new(open(Access::ReadOnly)?)))
        }
        (access, _) => Rc::new(RefCell::new(open(access)?)),
    })
}

/// Whether two names are of one file.
fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(file: &str, access: Access) -> Result<Drive, String> {
        let file = file.into();
        Ok(Drive { file, access })
    }

    #[test]
    fn commas_begin_options_or_are_doubled() {
        for (text, file, access) in [
            ("a.img", "a.img", Access::ReadWrite),
            ("a.img,ro", "a.img", Access::ReadOnly),
            ("a.img,ro,ro", "a.img", Access::ReadOnly),
            ("a,,b.img", "a,b.img", Access::ReadWrite),
            ("a,,b.img,ro", "a,b.img", Access::ReadOnly),
            ("a,,ro", "a,ro", Access::ReadWrite),
            ("a,,,ro", "a,", Access::ReadOnly),
            (",,", ",", Access::ReadWrite),
            ("dir/a b.img,ro", "dir/a b.img", Access::ReadOnly),
            ("./file=a.img", "./file=a.img", Access::ReadWrite),
        ] {
            assert_eq!(parse(text.into()), drive(file, access), "{text}");
        }
    }

    #[test]
    fn names_need_not_be_utf8() {
        let name = OsString::from_vec(b"\xff,,\xfe.img,ro".to_vec());
        let drive = parse(name).expect("it has a name and an option");
        assert_eq!(drive.file.as_os_str().as_bytes(), b"\xff,\xfe.img");
        assert_eq!(drive.access, Access::ReadOnly);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, expected) in [
            ("", "a disk image is expected"),
            (",ro", "a disk image is expected"),
            ("a.img,", "`` is no option of a drive; there is `ro`"),
            ("a.img,rw", "`rw` is no option of a drive; there is `ro`"),
            ("a.img,ro,b.img", "`b.img` is no option of a drive"),
            ("a.img,RO", "`RO` is no option"),
            ("a.img,x,,y", "`x,y` is no option"),
            (
                "file=a.img,format=raw",
                "without `file=` and QEMU's other options: `a.img`",
            ),
        ] {
            let error = parse(text.into()).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    /// Files of one test, gone at its end.
    struct Dir(PathBuf);

    impl Dir {
        fn new(test: &str) -> Self {
            let name = format!("pagewalk-drive-{test}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).expect("directories can be made");
            Self(path)
        }

        fn image(&self, name: &str, access: Access) -> Drive {
            let file = self.0.join(name);
            fs::write(&file, [1; 1024]).expect("files can be written");
            Drive { file, access }
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            // What is left in the system's place for such files is no harm.
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[track_caller]
    fn refusal(drives: &[Drive], writes: Writes) -> String {
        let error = open_all(drives, writes).expect_err("they cannot be opened");
        format!("{error:#}")
    }

    #[test]
    fn drives_are_disks_in_their_order() {
        let dir = Dir::new("order");
        let drives = [
            dir.image("a.img", Access::ReadWrite),
            dir.image("b.img", Access::ReadOnly),
        ];
        let disks = open_all(&drives, Writes::Kept).expect("both are there");
        let ids: Vec<_> = disks
            .iter()
            .map(|disk| disk.borrow().id().to_owned())
            .collect();
        assert_eq!(ids, ["a.img", "b.img"]);
        let write = |index: usize| disks[index].borrow_mut().write(0, &[7; 512]);
        write(0).expect("it is writable");
        write(1).expect_err("it is read-only");
        assert_eq!(
            fs::read(&drives[0].file).expect("it is there")[..512],
            [7; 512]
        );
        assert_eq!(fs::read(&drives[1].file).expect("it is there"), [1; 1024]);
    }

    #[test]
    fn a_snapshot_forgets_writes_but_read_only_stays_read_only() {
        let dir = Dir::new("snapshot");
        let drives = [
            dir.image("a.img", Access::ReadWrite),
            dir.image("b.img", Access::ReadOnly),
        ];
        let disks = open_all(&drives, Writes::Forgotten).expect("both are there");
        let write = |index: usize| disks[index].borrow_mut().write(0, &[7; 512]);
        write(0).expect("it goes to memory");
        write(1).expect_err("it is read-only");
        let mut sector = [0; 512];
        disks[0]
            .borrow_mut()
            .read(0, &mut sector)
            .expect("it can be read");
        assert_eq!(sector, [7; 512]);
        for drive in &drives {
            assert_eq!(fs::read(&drive.file).expect("it is there"), [1; 1024]);
        }
    }

    #[test]
    fn one_image_is_one_drive_unless_nobody_writes_it() {
        let dir = Dir::new("twice");
        let writable = dir.image("a.img", Access::ReadWrite);
        let link = dir.0.join("link.img");
        std::os::unix::fs::symlink(&writable.file, &link).expect("links can be made");
        let access = Access::ReadOnly;
        let read_only = Drive { file: link, access };
        for drives in [
            [writable.clone(), writable.clone()],
            [writable.clone(), read_only.clone()],
            [read_only.clone(), writable.clone()],
        ] {
            let error = refusal(&drives, Writes::Kept);
            assert!(error.contains(".img: is given twice"), "{error}");
        }
        let twice = [read_only.clone(), read_only.clone()];
        open_all(&twice, Writes::Kept).expect("nobody writes it");
        open_all(&[writable, read_only], Writes::Forgotten).expect("nobody writes it");
    }

    #[test]
    fn what_somebody_else_has_is_not_given_twice() {
        let dir = Dir::new("in-use");
        let drive = dir.image("a.img", Access::ReadWrite);
        let drives = std::slice::from_ref(&drive);
        let _theirs = FileDisk::open(&drive.file, Access::ReadWrite).expect("nobody has it");
        for writes in [Writes::Kept, Writes::Forgotten] {
            let error = refusal(drives, writes);
            assert!(
                error.contains("a.img: is in use: another process"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_drive_that_fails_is_named() {
        let dir = Dir::new("missing");
        let good = dir.image("a.img", Access::ReadWrite);
        let missing = Drive {
            file: dir.0.join("b.img"),
            access: Access::ReadWrite,
        };
        let error = refusal(&[good.clone(), missing], Writes::Kept);
        assert!(error.contains("b.img: no such file"), "{error}");
        FileDisk::open(&good.file, Access::ReadWrite).expect("nothing stays open");
    }

    #[test]
    fn a_board_has_so_many_slots() {
        let dir = Dir::new("slots");
        let drive = dir.image("a.img", Access::ReadOnly);
        let slots = VIRTIO_SLOTS as usize;
        open_all(&vec![drive.clone(); slots], Writes::Kept).expect("there is room");
        let error = refusal(&vec![drive; slots + 1], Writes::Kept);
        assert!(error.contains("room for 8 drives, not 9"), "{error}");
    }
}
