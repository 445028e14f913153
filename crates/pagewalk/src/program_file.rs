//! A program together with the bytes of its file, for commands that look into
//! programs instead of running them.

use std::path::PathBuf;
use std::rc::Rc;

use clap::Args;
use pagewalk_machine::loader::{Program, read_file};

use crate::config;

/// Which program.
#[derive(Debug, Args)]
pub(crate) struct ProgramArgs {
    /// Take a program that comes with Pagewalk: hello, bench-qsort, si-sv39, …
    #[arg(long, value_name = "NAME", conflicts_with = "file")]
    builtin: Option<String>,

    /// The ELF executable
    #[arg(value_name = "FILE", required_unless_present = "builtin")]
    file: Option<PathBuf>,
}

/// A program and its file.
pub(crate) struct ProgramFile {
    pub(crate) program: Program,
    pub(crate) bytes: Rc<[u8]>,
}

impl ProgramFile {
    /// Reads it.
    pub(crate) fn open(args: &ProgramArgs) -> anyhow::Result<Self> {
        let (name, bytes) = match (&args.builtin, &args.file) {
            (Some(name), _) => {
                let image = config::builtin(name)?;
                (image.name.to_owned(), Rc::from(image.bytes))
            }
            (None, Some(path)) => (path.display().to_string(), Rc::from(read_file(path)?)),
            (None, None) => unreachable!("clap asks for one of them"),
        };
        let program = Program::parse(&name, &bytes)?;
        Ok(Self { program, bytes })
    }
}
