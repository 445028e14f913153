//! Which line of the source an instruction was made from: DWARF versions 2 to
//! 5, read by addr2line.
//!
//! Debugging information is the part of a file that is most easily wrong, and
//! nothing that matters depends on it. So a damaged one answers less, never
//! with an error; [`Lines::problem`] tells it to those who wonder.

mod reader;

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use addr2line::gimli::{self, Dwarf, SectionId};
use addr2line::{Context, Location};

use crate::Problem;
use crate::parse::File;
use crate::strings::printable;
use reader::{Metered, Source};

/// How many bytes may be read for each byte of debugging information: honest
/// files need less than 10.
const ALLOWANCE: u64 = 64;

/// How many bytes more each look-up may read: names, most of all.
const ALLOWANCE_OF_LOOKUP: u64 = 4096;

/// How deeply entries may be nested. Compilers nest blocks and inlined
/// functions some dozens deep; addr2line visits them by recursion.
const DEEPEST: isize = 256;

/// Compressed section (System V ABI, Section Attribute Flags).
const SHF_COMPRESSED: u64 = 1 << 11;

/// The sections that are read, without the dot before their names.
const SECTIONS: [SectionId; 10] = [
    SectionId::DebugAbbrev,
    SectionId::DebugAddr,
    SectionId::DebugAranges,
    SectionId::DebugInfo,
    SectionId::DebugLine,
    SectionId::DebugLineStr,
    SectionId::DebugRanges,
    SectionId::DebugRngLists,
    SectionId::DebugStr,
    SectionId::DebugStrOffsets,
];

/// The lines of the source of a program, by address.
///
/// Nothing but the section headers is read before the first question, and then
/// only the compilation units that are asked for.
pub struct Lines {
    sections: Sections,
    context: OnceCell<Option<Context<Metered>>>,
    /// Whether functions may be looked up; decided with the first one.
    nests_sanely: OnceCell<bool>,
    problem: OnceCell<String>,
}

/// Where the debugging sections are in the file.
struct Sections {
    source: Rc<Source>,
    /// Offset and size.
    places: Vec<(SectionId, usize, usize)>,
}

/// A place in the source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SourceLine {
    /// The path as the compiler saw it, made absolute where that is known.
    pub file: String,
    /// The line, from 1; 0 for instructions that come from no line.
    pub line: u32,
    /// The column, from 1; 0 if it is not known.
    pub column: u32,
}

/// A function that an address is in, perhaps inlined into another one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The demangled name, if it is known.
    pub function: Option<String>,
    /// The place in it: of the address in the innermost function, and of the
    /// call in those around it.
    pub place: Option<SourceLine>,
}

/// Why a file knows no lines.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoLines {
    /// It is no well-formed executable.
    #[error("the file {0}")]
    Unreadable(Problem),
    /// It was built without debugging information, or stripped.
    #[error("there is no debugging information; build with `-g`, and do not strip the file")]
    Absent,
    /// It is compressed.
    #[error(
        "the debugging information is compressed (section {0}), which is not supported; \
         `objcopy --decompress-debug-sections` makes it readable"
    )]
    Compressed(String),
}

impl Lines {
    /// Finds the debugging information of an executable.
    ///
    /// # Errors
    /// [`NoLines`] if there is none that can be read.
    pub fn parse(file: impl Into<Rc<[u8]>>) -> Result<Lines, NoLines> {
        Ok(Lines::new(Sections::find(file.into())?))
    }

    fn new(sections: Sections) -> Lines {
        Lines {
            sections,
            context: OnceCell::new(),
            nests_sanely: OnceCell::new(),
            problem: OnceCell::new(),
        }
    }

    /// The line that the instruction at a virtual address was made from: that
    /// of the innermost function where functions were inlined.
    pub fn find(&self, address: u64) -> Option<SourceLine> {
        let location = self.context_for(address)?.find_location(address);
        SourceLine::new(self.noting(location)?)
    }

    /// The functions that an address is in: an inlined one before that into
    /// which it was inlined. Empty where none is known.
    pub fn frames(&self, address: u64) -> Vec<Frame> {
        self.find_frames(address).unwrap_or_default()
    }

    fn find_frames(&self, address: u64) -> Option<Vec<Frame>> {
        let context = self.context_for(address)?;
        if !*self.nests_sanely.get_or_init(|| self.check_nesting()) {
            return None;
        }
        let found = context.find_frames(address).skip_all_loads();
        let mut iterator = self.noting(found.map(Some))?;
        let mut frames = Vec::new();
        // As many as entries can be nested.
        while let Some(frame) = self.noting(iterator.next()) {
            let name = frame.function.as_ref();
            let name = name.and_then(|function| function.raw_name().ok());
            frames.push(Frame {
                function: name.map(|name| demangled(&name)),
                place: frame.location.and_then(SourceLine::new),
            });
        }
        Some(frames)
    }

    /// Why some questions were not answered, if the information is damaged.
    pub fn problem(&self) -> Option<&str> {
        self.problem.get().map(String::as_str)
    }

    /// What answers questions about this address.
    fn context_for(&self, address: u64) -> Option<&Context<Metered>> {
        // addr2line asks for the byte behind it, too.
        address.checked_add(1)?;
        self.sections.source.allow(ALLOWANCE_OF_LOOKUP);
        let new = || self.noting(Context::from_dwarf(self.sections.dwarf()).map(Some));
        self.context.get_or_init(new).as_ref()
    }

    /// Passes an answer on, and keeps the first error.
    fn noting<T>(&self, answer: gimli::Result<Option<T>>) -> Option<T> {
        answer.unwrap_or_else(|error| {
            self.problem.get_or_init(|| {
                if self.sections.source.is_used_up() {
                    "it refers to the same parts too often".to_owned()
                } else {
                    error.to_string()
                }
            });
            None
        })
    }

    /// Whether no entry is nested deeper than recursion may go.
    fn check_nesting(&self) -> bool {
        let deepest = self.noting(self.sections.deepest().map(Some));
        let is_sane = deepest.is_some_and(|depth| depth <= DEEPEST);
        if deepest.is_some() && !is_sane {
            self.problem
                .get_or_init(|| format!("its entries are nested deeper than {DEEPEST}"));
        }
        is_sane
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("sections", &self.sections.places)
            .field("problem", &self.problem)
            .finish_non_exhaustive()
    }
}

impl Sections {
    fn find(file: Rc<[u8]>) -> Result<Sections, NoLines> {
        let mut places: Vec<(SectionId, usize, usize)> = Vec::new();
        let mut total = 0;
        for (name, section) in (File { bytes: &file })
            .unloaded_sections()
            .map_err(NoLines::Unreadable)?
        {
            let is_old_style = name.starts_with(".zdebug_");
            let known = SECTIONS.into_iter().find(|id| id.name() == name);
            let Some(id) = known.or_else(|| is_old_style.then_some(SectionId::DebugInfo)) else {
                continue;
            };
            if is_old_style || section.sh_flags & SHF_COMPRESSED != 0 {
                return Err(NoLines::Compressed(name));
            }
            // Both are within the file, and of two sections the first counts.
            if places.iter().all(|&(other, ..)| other != id) {
                places.push((id, section.sh_offset as usize, section.sh_size as usize));
                total += section.sh_size;
            }
        }
        let has = |wanted| places.iter().any(|&(id, ..)| id == wanted);
        if !(has(SectionId::DebugInfo) && has(SectionId::DebugLine)) {
            return Err(NoLines::Absent);
        }
        let source = Source::new(file, total.saturating_mul(ALLOWANCE));
        Ok(Sections { source, places })
    }

    fn dwarf(&self) -> Dwarf<Metered> {
        let load = |id| {
            let place = self.places.iter().find(|&&(other, ..)| other == id);
            let &(_, start, size) = place.unwrap_or(&(id, 0, 0));
            Ok::<_, gimli::Error>(Metered::new(&self.source, start, size))
        };
        Dwarf::load(load).expect("a missing section is an empty one")
    }

    /// How deeply the entries of all units are nested at most.
    fn deepest(&self) -> gimli::Result<isize> {
        let dwarf = self.dwarf();
        let mut deepest = 0;
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            let abbreviations = dwarf.abbreviations(&header)?;
            let mut entries = header.entries_raw(&abbreviations, None)?;
            while !entries.is_empty() {
                deepest = deepest.max(entries.next_depth());
                if let Some(abbreviation) = entries.read_abbreviation()? {
                    entries.skip_attributes(abbreviation.attributes())?;
                }
            }
        }
        Ok(deepest)
    }
}

impl SourceLine {
    /// `None` without the name of a file.
    fn new(location: Location<'_>) -> Option<SourceLine> {
        Some(SourceLine {
            file: printable(location.file?.as_bytes()),
            line: location.line.unwrap_or(0),
            column: location.column.unwrap_or(0),
        })
    }
}

/// `file:line`, or `file:?` for what comes from no line.
impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}:?", self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// A function's name as symbols show theirs.
fn demangled(name: &str) -> String {
    let text = format!("{:#}", rustc_demangle::demangle(name));
    printable(text.as_bytes())
}
