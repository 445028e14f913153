//! Programs that run as processes of the guest kernel: what the kernel is given,
//! and what it tells.

pub(crate) mod expect;
mod records;
mod root;
pub(crate) mod swap;

pub(crate) use expect::Expectation;
pub(crate) use records::{Exit, Messages};
pub(crate) use root::Root;
pub(crate) use swap::Swap;

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, bail};
use pagewalk_guest_abi::board::{Port as Stream, ROOT_SLOT, STREAMS_SLOT, SWAP_SLOT};
use pagewalk_guest_abi::{option, record};
use pagewalk_guest_images as guests;
use pagewalk_machine::disk::MemoryDisk;
use pagewalk_machine::loader::{Program, read_file};
use pagewalk_machine::{Config as Board, PORTS_SLOT, Port, SharedConsole, SharedDisk};

use crate::config::Source;
use crate::console::Screen;
use crate::kind::{How, classify};

/// What a process finds in its environment, on every host.
const ENVIRONMENT: [&str; 3] = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/", "TERM=dumb"];

/// The programs that every process needs.
const FIRMWARE: &str = "pagewalk-sbi";
const KERNEL: &str = "pagewalk-kernel";

// Disks have slots in the order in which a board gets them.
const _: () = assert!(ROOT_SLOT == 0 && SWAP_SLOT == 1 && STREAMS_SLOT == PORTS_SLOT as usize);

/// The world of processes, as the user wants it.
#[derive(Debug, Default)]
pub(crate) struct ProcessConfig {
    /// The arguments of the first program, its name first.
    pub(crate) argv: Vec<OsString>,
    pub(crate) env: Vec<Vec<u8>>,
    pub(crate) root: Option<PathBuf>,
    pub(crate) swap: Option<Swap>,
    pub(crate) also: Vec<PathBuf>,
    /// Words for the kernel, `key=value`.
    pub(crate) options: Vec<String>,
    pub(crate) expect: Vec<Expectation>,
    /// The first of the options that mean nothing to a bare-metal program.
    pub(crate) first_option: Option<&'static str>,
}

/// The bytes of a program, and where they come from.
#[derive(Clone, Debug)]
pub(crate) struct Bytes {
    pub(crate) bytes: Vec<u8>,
    /// Where it is in the root, if it comes from there.
    in_root: Option<Vec<u8>>,
}

impl Bytes {
    /// Reads a program from the root if it is there, else from where it is.
    pub(crate) fn read(
        root: &Root,
        source: &Source,
    ) -> Result<Self, pagewalk_machine::loader::LoadError> {
        let path = match source {
            Source::Builtin(image) => {
                let bytes = image.bytes.to_vec();
                return Ok(Self {
                    bytes,
                    in_root: None,
                });
            }
            Source::File(path) => path,
        };
        if let Some(found) = root.program(path.as_os_str()) {
            return Ok(Self {
                bytes: found.bytes.to_vec(),
                in_root: Some(found.path),
            });
        }
        let bytes = read_file(path)?;
        Ok(Self {
            bytes,
            in_root: None,
        })
    }

    /// Where it is in the root, after it was added if it was not there.
    fn place(self, root: &mut Root, source: &Source) -> anyhow::Result<Vec<u8>> {
        if let Some(path) = self.in_root {
            return Ok(path);
        }
        let name = match source {
            Source::Builtin(image) => OsStr::new(image.name),
            Source::File(path) => path.file_name().unwrap_or(path.as_os_str()),
        };
        let added = root.add_program(name, &self.bytes);
        added.with_context(|| format!("cannot add {} to the root", name.to_string_lossy()))
    }
}

/// What the kernel is given for its processes.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) firmware: Program,
    pub(crate) kernel: Program,
    pub(crate) bootargs: String,
    pub(crate) argv: Vec<Vec<u8>>,
    pub(crate) envp: Vec<Vec<u8>>,
    archive: Vec<u8>,
    swap: Option<Swap>,
}

impl Process {
    /// Everything for a program whose bytes have been read; `append` is what the
    /// user has to say to the kernel.
    pub(crate) fn new(
        config: &ProcessConfig,
        board: &Board,
        append: Option<&str>,
        mut root: Root,
        source: &Source,
        bytes: Bytes,
    ) -> anyhow::Result<Self> {
        let mut words = config.options.clone();
        let init = bytes.place(&mut root, source)?;
        words.push(word(option::INIT, &init));
        for path in &config.also {
            let path = place_also(&mut root, path, board)?;
            words.push(word(option::ALSO, &path));
        }
        words.extend(append.map(str::to_owned));
        Ok(Self {
            firmware: part_of_us(FIRMWARE)?,
            kernel: part_of_us(KERNEL)?,
            bootargs: words.join(" "),
            argv: config
                .argv
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect(),
            envp: environment(&config.env),
            archive: root.into_archive(),
            swap: config.swap.clone(),
        })
    }

    /// The disks of the board.
    pub(crate) fn disks(&self) -> anyhow::Result<Vec<SharedDisk>> {
        let root = MemoryDisk::read_only(self.archive.clone());
        let mut disks: Vec<SharedDisk> = vec![Rc::new(RefCell::new(root))];
        if let Some(swap) = &self.swap {
            disks.push(swap.open()?);
        }
        Ok(disks)
    }
}

/// The ports of the streams.
pub(crate) fn ports(screen: &Screen) -> Vec<Port> {
    let terminals = screen.terminals();
    let streams = Stream::ALL.into_iter().zip(terminals);
    let port = |(stream, is_terminal): (Stream, bool)| Port {
        name: stream.name(),
        has_input: stream == Stream::Stdin,
        terminal: is_terminal.then(|| screen.window().clone()),
        end: SharedConsole::new(match stream {
            Stream::Stdin => Box::new(screen.keyboard()),
            Stream::Stdout => Box::new(screen.clone()),
            Stream::Stderr => Box::new(screen.errors()),
        }),
    };
    streams.map(port).collect()
}

/// A program of ours that every process needs.
fn part_of_us(name: &str) -> anyhow::Result<Program> {
    let image = guests::image(name).context("the guest kernel is missing in this build")?;
    Ok(Program::parse(image.name, image.bytes)?)
}

/// Reads and adds a program that is started besides the first.
fn place_also(root: &mut Root, path: &Path, board: &Board) -> anyhow::Result<Vec<u8>> {
    let source = Source::File(path.to_owned());
    let bytes = Bytes::read(root, &source)?;
    let program = Program::parse(&path.display().to_string(), &bytes.bytes)?;
    let kind = classify(&program, board, None);
    if kind.how != How::User {
        bail!(
            "{}: --also starts processes, and this {}, because {}",
            program.name,
            match kind.how {
                How::Impossible => "cannot run".to_owned(),
                how => format!("runs {how}"),
            },
            kind.rule
        );
    }
    bytes.place(root, &source)
}

/// `key=value` for the kernel's command line, whatever is in the value.
fn word(key: &str, value: &[u8]) -> String {
    let mut word = format!("{key}=");
    word.extend(record::encode(value));
    word
}

/// The usual variables, and those of the user, of which the last of a name counts.
fn environment(own: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let name = |variable: &[u8]| -> Vec<u8> {
        let end = variable.iter().position(|byte| *byte == b'=');
        variable[..end.unwrap_or(variable.len())].to_vec()
    };
    let mut all: Vec<Vec<u8>> = ENVIRONMENT.map(|text| text.into()).to_vec();
    for variable in own {
        let same = all.iter_mut().find(|other| name(other) == name(variable));
        match same {
            Some(other) => other.clone_from(variable),
            None => all.push(variable.clone()),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts() {
        let own = ["A=1", "HOME=/root", "A=2", "HOMER="].map(|text| text.into());
        let all = environment(&own);
        let expected = [
            ENVIRONMENT[0].as_bytes(),
            b"HOME=/root",
            b"TERM=dumb",
            b"A=2",
            b"HOMER=",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn words_for_the_kernel_have_no_blanks() {
        assert_eq!(word("init", b"/bin/a b\xff"), "init=/bin/a%20b%ff");
    }
}
