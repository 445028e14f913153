//! What a kernel publishes of itself, for those who watch it from outside: trace
//! points, and the layout of its tables.
//!
//! They are ELF notes of the owner [`probe::OWNER`] in sections that are not loaded
//! (System V ABI, Note Section; the entries are 4-byte aligned). What is in a note is
//! said in `pagewalk-guest-abi`: its type has the version, too, so a kernel of another
//! time is told apart, not misunderstood.

mod layout;
mod text;
mod walk;

pub use layout::{Field, Root, Shape, Structure};
pub use walk::{Item, Read, WalkError};

use pagewalk_guest_abi::probe::{self, Kind, Probe};
use pagewalk_isa::reg::X_NAMES;

use crate::Problem;
use crate::parse::File;
use text::Text;

/// Names of sections with notes of ours begin so.
const SECTION: &str = ".note.pagewalk";

/// What a kernel publishes. Other programs publish nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes {
    /// By address.
    pub trace_points: Vec<TracePoint>,
    /// Types of the kernel's tables.
    pub structures: Vec<Structure>,
    /// Where the tables begin.
    pub roots: Vec<Root>,
}

/// An instruction of the kernel at which something has just happened, or is about to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracePoint {
    /// Its virtual address.
    pub address: u64,
    /// What happens there.
    pub probe: &'static Probe,
    /// The integer register of each argument of the probe, before the instruction is
    /// executed.
    pub registers: Vec<u8>,
}

impl TracePoint {
    /// Names, kinds and values of the arguments, taken from a hart's registers.
    pub fn arguments(
        &self,
        x: &[u64; 32],
    ) -> impl Iterator<Item = (&'static str, Kind, u64)> + use<'_> {
        let x = *x;
        let arguments = self.probe.arguments.iter().zip(&self.registers);
        arguments.map(move |(&(name, kind), &register)| {
            (name, kind, kind.of(x[usize::from(register & 31)]))
        })
    }

    /// The value of one argument; `None` if the probe has none of that name.
    #[must_use]
    pub fn argument(&self, x: &[u64; 32], name: &str) -> Option<u64> {
        let mut arguments = self.arguments(x);
        Some(arguments.find(|(argument, ..)| *argument == name)?.2)
    }
}

/// Why notes cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotesError {
    /// The file is no well-formed executable.
    #[error("the file {0}")]
    Unreadable(Problem),
    /// A note is not what it should be.
    #[error(
        "section {section}, offset {offset:#x}: {problem}; build the kernel and this program from \
         one version"
    )]
    Note {
        /// The section's name.
        section: String,
        /// Where the note begins in it.
        offset: usize,
        /// What is wrong with it.
        problem: NoteProblem,
    },
    /// The notes do not fit together.
    #[error("notes: {0}; build the kernel and this program from one version")]
    Together(NoteProblem),
}

/// What is wrong with a note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteProblem {
    /// It ends before what it has to say.
    #[error("a note ends too early")]
    Truncated,
    /// A text without its end, or with odd characters.
    #[error("a note has a text that is none")]
    BadText,
    /// Not of the types that are known.
    #[error("a note has the unknown type {0:#x}")]
    UnknownType(u32),
    /// No such trace point.
    #[error("there is no trace point `{0}`")]
    UnknownProbe(String),
    /// A register that there is not.
    #[error("trace point `{probe}`: there is no register `{register}`")]
    UnknownRegister {
        /// The trace point.
        probe: String,
        /// What is in the place of a register.
        register: String,
    },
    /// As many arguments as the trace point should not have.
    #[error("trace point `{probe}` has {found} arguments instead of {expected}")]
    Arguments {
        /// The trace point.
        probe: String,
        /// How many it should have.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Sections with notes lie over each other.
    #[error("sections share bytes")]
    SharedBytes,
    /// A type that means nothing.
    #[error("`{0}` is no type")]
    BadShape(String),
    /// A structure that is described twice, or has a field outside of itself.
    #[error("structure `{0}` is described twice, or wrongly")]
    BadStructure(String),
}

impl Notes {
    /// Reads what is published in an executable: nothing, if it is no kernel of ours.
    ///
    /// # Errors
    /// [`NotesError`]: the file or one of the notes is damaged, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Notes, NotesError> {
        let file = File { bytes };
        let sections = file.unloaded_sections().map_err(NotesError::Unreadable)?;
        let (mut notes, mut read) = (Notes::default(), 0);
        for (section, header) in sections {
            if !section.starts_with(SECTION) {
                continue;
            }
            let (offset, size) = (header.sh_offset as usize, header.sh_size as usize);
            // Sections that lie over each other could be read again and again.
            read += size;
            if read > bytes.len() {
                return Err(NotesError::Together(NoteProblem::SharedBytes));
            }
            // All sections were found to lie within the file.
            let content = &bytes[offset..offset + size];
            notes.read_section(&section, content)?;
        }
        // Copies of code that the linker has thrown away.
        notes.trace_points.retain(|point| point.address != 0);
        layout::check(&notes.structures, &notes.roots).map_err(NotesError::Together)?;
        notes.trace_points.sort_by_key(|point| point.address);
        Ok(notes)
    }

    fn read_section(&mut self, section: &str, content: &[u8]) -> Result<(), NotesError> {
        let mut rest = content;
        while !rest.is_empty() {
            let offset = content.len() - rest.len();
            self.read_note(&mut rest)
                .map_err(|problem| NotesError::Note {
                    section: section.to_owned(),
                    offset,
                    problem,
                })?;
        }
        Ok(())
    }

    /// Reads a note and takes it off `rest`.
    fn read_note(&mut self, rest: &mut &[u8]) -> Result<(), NoteProblem> {
        let mut header = Text(rest);
        let (owner_size, size, kind) = (header.u32()?, header.u32()?, header.u32()?);
        let owner = header.bytes(owner_size)?;
        header.align(rest.len())?;
        let content = header.bytes(size)?;
        // What fills up the last one may be missing.
        header.align(rest.len()).or_else(|_| header.end())?;
        *rest = header.0;
        if owner.strip_suffix(b"\0") != Some(probe::OWNER.as_bytes()) {
            return Ok(());
        }
        let mut content = Text(content);
        match kind {
            probe::TRACE_POINT => self.trace_points.push(trace_point(&mut content)?),
            probe::STRUCTURE => self.structures.push(layout::structure(&mut content)?),
            probe::ROOT => self.roots.push(layout::root(&mut content)?),
            other => return Err(NoteProblem::UnknownType(other)),
        }
        Ok(())
    }

    /// The trace points of a name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &TracePoint> {
        let points = self.trace_points.iter();
        points.filter(move |point| point.probe.name == name)
    }

    /// The trace points at an address; there can be several.
    #[must_use]
    pub fn at(&self, address: u64) -> &[TracePoint] {
        let points = &self.trace_points;
        let first = points.partition_point(|point| point.address < address);
        let end = points.partition_point(|point| point.address <= address);
        &points[first..end]
    }
}

fn trace_point(content: &mut Text<'_>) -> Result<TracePoint, NoteProblem> {
    let address = content.u64()?;
    let name = content.text()?;
    let probe = probe::find(name).ok_or_else(|| NoteProblem::UnknownProbe(name.to_owned()))?;
    let words = content.text()?.split(' ').filter(|word| !word.is_empty());
    let registers = words.map(|word| {
        let number = X_NAMES.iter().position(|register| *register == word);
        let number = number.ok_or_else(|| NoteProblem::UnknownRegister {
            probe: name.to_owned(),
            register: word.to_owned(),
        })?;
        Ok(number as u8)
    });
    let registers: Vec<u8> = registers.collect::<Result<_, _>>()?;
    if registers.len() != probe.arguments.len() {
        return Err(NoteProblem::Arguments {
            probe: name.to_owned(),
            expected: probe.arguments.len(),
            found: registers.len(),
        });
    }
    Ok(TracePoint {
        address,
        probe,
        registers,
    })
}
