//! What a board starts with: programs, flat binaries, the initial RAM disk.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};
use pagewalk_machine::loader::{LoadError, Problem, Program};
use pagewalk_machine::{Blob, BootError, Config as Board, Payload, RAM_BASE};

use crate::config::{RunConfig, Source};
use crate::kind::{Classification, How, classify};
use crate::process::{Bytes, Process, Root};
use crate::size;

/// A flat binary, and where it goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Load {
    pub(crate) file: PathBuf,
    /// A physical address.
    pub(crate) address: u64,
}

/// Reads `FILE@ADDR`. The last `@` splits, for a file may have one in its name.
pub(crate) fn parse_load(text: &OsStr) -> Result<Load, String> {
    let bytes = text.as_bytes();
    let split = bytes.iter().rposition(|byte| *byte == b'@');
    let Some(split) = split.filter(|at| *at > 0) else {
        return Err(format!(
            "a file and an address are expected, for instance kernel.bin@{RAM_BASE:#x}"
        ));
    };
    let address = OsStr::from_bytes(&bytes[split + 1..]);
    let address = size::parse_address(&address.to_string_lossy())
        .map_err(|problem| format!("{problem}, behind the last @"))?;
    let file = OsStr::from_bytes(&bytes[..split]);
    Ok(Load {
        file: file.into(),
        address,
    })
}

/// What a board starts with, read from its files.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The program that has the board for itself.
    program: Option<Program>,
    /// What a program that runs as a process needs, the kernel included.
    pub(crate) process: Option<Process>,
    blobs: Vec<(u64, Blob)>,
    initrd: Option<Blob>,
    entry: Option<u64>,
    append: Option<String>,
}

impl Loaded {
    /// Reads all files, and makes sure that a board like this can run them.
    ///
    /// # Errors
    /// The first one that cannot be read or is not what it should be. Whether
    /// everything fits into RAM is asked later.
    pub(crate) fn read(config: &RunConfig) -> anyhow::Result<Self> {
        let contents = &config.payload;
        let memory = config.board.memory;
        let (program, process) = match &contents.program {
            Some(source) => read_source(config, source)?,
            None => (None, None),
        };
        if process.is_some() {
            refuse_for_process(config)?;
        }
        let blobs = contents.loads.iter().map(|load| {
            let blob = read_blob(&load.file, memory)?;
            Ok((load.address, blob))
        });
        let initrd = contents.initrd.as_deref();
        Ok(Self {
            program,
            process,
            blobs: blobs.collect::<Result<_, FileError>>()?,
            initrd: initrd.map(|path| read_blob(path, memory)).transpose()?,
            entry: contents.entry,
            append: contents.append.clone(),
        })
    }

    /// Makes sure that everything has its place.
    pub(crate) fn check(&self, board: &Board) -> anyhow::Result<()> {
        let checked = board.check_payload(&self.payload());
        checked.map_err(|error| anyhow!("{error}{}", way_out(&error, board)))
    }

    /// What the harts run: the program, or the kernel below it.
    pub(crate) fn program(&self) -> Option<&Program> {
        let kernel = self.process.as_ref().map(|process| &process.kernel);
        self.program.as_ref().or(kernel)
    }

    /// In the form that a machine takes it.
    pub(crate) fn payload(&self) -> Payload<'_> {
        let process = self.process.as_ref();
        Payload {
            program: self.program(),
            firmware: process.map(|process| &process.firmware),
            blobs: &self.blobs,
            entry: self.entry,
            initrd: self.initrd.as_ref(),
            bootargs: process.map_or(self.append.as_deref(), |process| Some(&process.bootargs)),
            argv: process.map_or(&[], |process| &process.argv),
            envp: process.map_or(&[], |process| &process.envp),
        }
    }
}

/// Reads a program, and finds out how it is run: as it is, or as a process.
fn read_source(
    config: &RunConfig,
    source: &Source,
) -> anyhow::Result<(Option<Program>, Option<Process>)> {
    let root = config.process.root.as_deref().map(Root::open).transpose()?;
    let root = root.unwrap_or_default();
    let read = Bytes::read(&root, source);
    let (name, bytes) = match source {
        Source::File(path) => {
            let read = read.map_err(|error| explain(path, error))?;
            (path.display().to_string(), read)
        }
        Source::Builtin(image) => (image.name.to_owned(), read?),
    };
    let program = Program::parse(&name, &bytes.bytes)?;
    let board = &config.board;
    let kind = classify(&program, board, config.payload.wanted);
    match kind.how {
        How::Bare => {
            refuse_for_bare_metal(config, &program, &kind)?;
            Ok((Some(program), None))
        }
        How::User => {
            let append = config.payload.append.as_deref();
            let process = Process::new(&config.process, board, append, root, source, bytes)?;
            Ok((None, Some(process)))
        }
        How::Impossible => bail!("{name}: cannot be run: {}{}", kind.rule, how_to_link(board)),
    }
}

/// A bare-metal program has no convention by which it could get arguments, and no
/// kernel that could do anything for it. Better to say so than to run something else
/// than what was meant.
fn refuse_for_bare_metal(
    config: &RunConfig,
    program: &Program,
    kind: &Classification,
) -> anyhow::Result<()> {
    let name = &program.name;
    if let Some(option) = config.process.first_option {
        bail!("{option} is for programs that run as processes, and {name} runs {kind}");
    }
    let Some(first) = config.process.argv.get(1) else {
        return Ok(());
    };
    let first = first.to_string_lossy();
    if first.starts_with('-') {
        bail!(
            "`{first}` stands behind the program, as an argument for it, and a bare-metal program \
             takes none\n  help: options of pagewalk stand before the program: \
             pagewalk run {first} … {name}"
        );
    }
    bail!(
        "`{first}` would be an argument for {name}, but a bare-metal program takes none\n  \
         help: put what it needs into its data"
    );
}

/// A process finds memory and disks as the kernel has made them.
fn refuse_for_process(config: &RunConfig) -> anyhow::Result<()> {
    let payload = &config.payload;
    let given = [
        ("--load", !payload.loads.is_empty()),
        ("--entry", payload.entry.is_some()),
        ("--initrd", payload.initrd.is_some()),
        ("--drive", !config.drives.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((option, _)) => bail!(
            "{option} is for the board, and this program runs as a process of the built-in \
             kernel\n  help: its files come from --root; --as bare takes it for a bare-metal \
             program"
        ),
        None => Ok(()),
    }
}

/// What to do about something that does not fit a board; nothing if the message
/// says it already.
fn way_out(error: &BootError, board: &Board) -> String {
    match error {
        // Linked for somewhere else: a program for an operating system.
        BootError::Program(LoadError {
            problem: Problem::OutsideMemory { first, .. },
            ..
        }) if *first < RAM_BASE => how_to_link(board),
        BootError::OutsideMemory { .. } => {
            "\n  help: load it at an address in RAM, or give the board more with -m".to_owned()
        }
        BootError::Overlap { .. } => "\n  help: load one of them somewhere else".to_owned(),
        BootError::Entry(_) => {
            "\n  help: --entry takes the physical address of an instruction".to_owned()
        }
        _ => String::new(),
    }
}

fn how_to_link(board: &Board) -> String {
    let size = board.memory >> 10;
    format!(
        "\n  help: a bare-metal program is a static executable for RAM at {RAM_BASE:#x} ({size} KiB \
         here, see -m):\n        riscv64-unknown-elf-gcc -nostdlib -static \
         -mcmodel=medany -Wl,-N,-Ttext={RAM_BASE:#x} start.S main.c -o program.elf"
    )
}

/// A file that a board cannot start with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// A program that is none.
    #[error(transparent)]
    Program(#[from] LoadError),
    /// Something else than ELF where a program is expected.
    #[error("{error}\n  help: {help}")]
    OtherProgram { error: LoadError, help: String },
    /// A flat binary or an initial RAM disk.
    #[error("{}: {problem}", file.display())]
    Blob { file: PathBuf, problem: BlobProblem },
}

/// What is wrong with a flat binary or an initial RAM disk.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobProblem {
    #[error("no such file; check the path")]
    Missing,
    #[error("is a directory; name the file in it")]
    Directory,
    #[error("is not a regular file; copy its contents to a file first")]
    NotRegular,
    #[error("cannot be read: {0}; check its permissions and the disk")]
    Read(io::Error),
    #[error("is empty; leave it out, or build it again")]
    Empty,
    #[error("has {size} bytes, more than the {memory} bytes of RAM; give the board more with -m")]
    TooLarge { size: u64, memory: u64 },
}

/// Says what to do with a file that is no program.
fn explain(path: &Path, error: LoadError) -> FileError {
    match error.problem {
        Problem::NotElf { .. } => {
            let help = advice(path);
            FileError::OtherProgram { error, help }
        }
        _ => error.into(),
    }
}

/// The way out for a file that is no ELF executable.
fn advice(path: &Path) -> String {
    const NEEDS_FIRMWARE: &str = "which needs firmware in M-mode (SBI) below it; Pagewalk has \
         none yet, and starts kernels in M-mode";
    // What cannot be read a second time is known by nothing.
    let mut start = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(64).read_to_end(&mut start));
    match known_by(&start) {
        Some(Known::Linux) => format!("this is an Image of Linux, {NEEDS_FIRMWARE}"),
        Some(Known::Gzip) => format!(
            "this is compressed with gzip (unpack it with `gunzip`); an Image.gz is Linux, \
             {NEEDS_FIRMWARE}"
        ),
        None => format!(
            "a flat binary does not say where it belongs; if this is one, say it: \
             --load {}@{RAM_BASE:#x}",
            path.display()
        ),
    }
}

/// A kind of file that people try to boot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Known {
    Linux,
    Gzip,
}

/// Knows a file by its first 64 bytes.
fn known_by(start: &[u8]) -> Option<Known> {
    // Linux, Documentation/arch/riscv/boot-image-header.rst: `magic2`.
    const LINUX: (usize, &[u8]) = (56, b"RSC\x05");
    // RFC 1952, section 2.3.1: ID1, ID2.
    const GZIP: (usize, &[u8]) = (0, b"\x1f\x8b");
    let has = |(offset, magic): (usize, &[u8])| {
        start
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    if has(LINUX) {
        Some(Known::Linux)
    } else if has(GZIP) {
        Some(Known::Gzip)
    } else {
        None
    }
}

/// Reads what is copied into memory as it is; `memory` is the size of RAM.
fn read_blob(path: &Path, memory: u64) -> Result<Blob, FileError> {
    let bytes = read_bytes(path, memory).map_err(|problem| FileError::Blob {
        file: path.to_owned(),
        problem,
    })?;
    Ok(Blob {
        name: path.display().to_string(),
        bytes,
    })
}

fn read_bytes(path: &Path, memory: u64) -> Result<Vec<u8>, BlobProblem> {
    // Looked at before it is opened: opening a pipe would wait for a writer.
    let kind = path.metadata().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BlobProblem::Missing,
        _ => BlobProblem::Read(error),
    })?;
    if kind.is_dir() {
        return Err(BlobProblem::Directory);
    }
    if !kind.is_file() {
        return Err(BlobProblem::NotRegular);
    }
    let too_large = |size| BlobProblem::TooLarge { size, memory };
    if kind.len() > memory {
        return Err(too_large(kind.len()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(BlobProblem::Read)?;
    // It may grow while it is read.
    let most = memory.saturating_add(1);
    let read = file.take(most).read_to_end(&mut bytes);
    match read.map_err(BlobProblem::Read)? as u64 {
        0 => Err(BlobProblem::Empty),
        size if size > memory => Err(too_large(size)),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &[u8]) -> Result<Load, String> {
        parse_load(OsStr::from_bytes(text))
    }

    #[test]
    fn the_last_at_sign_splits() {
        for (text, file, address) in [
            (
                &b"kernel.bin@0x80000000"[..],
                &b"kernel.bin"[..],
                0x8000_0000,
            ),
            (b"a@b@0x8000_0000", b"a@b", 0x8000_0000),
            (b"dir/x@4096", b"dir/x", 4096),
            (b"not \xff UTF-8@1", b"not \xff UTF-8", 1),
        ] {
            let file = OsStr::from_bytes(file).into();
            assert_eq!(parsed(text), Ok(Load { file, address }));
        }
    }

    #[test]
    fn a_place_without_file_or_address_is_refused() {
        for text in ["", "kernel.bin", "@0x80000000"] {
            let error = parsed(text.as_bytes()).expect_err(text);
            assert!(error.contains("kernel.bin@0x80000000"), "{text}: {error}");
        }
        for text in [
            "k@",
            "k@x",
            "k@0x",
            "k@80000000h",
            "k@-1",
            "k@0x10000000000000000",
        ] {
            let error = parsed(text.as_bytes()).expect_err(text);
            assert!(error.ends_with("behind the last @"), "{text}: {error}");
        }
    }

    #[test]
    fn kernels_are_known_by_their_magic() {
        let mut image = [0; 64];
        image[48..53].copy_from_slice(b"RISCV");
        assert_eq!(known_by(&image), None);
        image[56..60].copy_from_slice(b"RSC\x05");
        assert_eq!(known_by(&image), Some(Known::Linux));
        assert_eq!(known_by(&image[..59]), None);
        assert_eq!(known_by(b"\x1f\x8b\x08"), Some(Known::Gzip));
        assert_eq!(known_by(b"\x1f"), None);
        assert_eq!(known_by(b""), None);
    }
}
