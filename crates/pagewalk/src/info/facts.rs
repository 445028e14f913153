//! What both forms of the report say.

use pagewalk_machine::isa::IsaSet;
use pagewalk_machine::isa::reg::x_name;
use pagewalk_machine::loader::{
    Lines, Notes, NotesError, Program, Segment, Structure, Symbol, SymbolKind, TracePoint,
};
use pagewalk_machine::{Config as Board, RAM_BASE};

use crate::kind::{Classification, How};
use crate::program_file::ProgramFile;

/// A program in the light of a board.
pub(super) struct Facts<'a> {
    pub(super) file: &'a ProgramFile,
    pub(super) board: &'a Board,
    pub(super) kind: Classification,
    /// What it publishes, if it is a kernel of ours.
    pub(super) published: Result<Notes, NotesError>,
}

/// Flags of the file header (psABI, File Header).
const RVC: u32 = 0x1;
const FLOAT_ABI: u32 = 0x6;
const RVE: u32 = 0x8;
const TSO: u32 = 0x10;

/// How much of a segment the RAM of the board holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum InRam {
    All,
    Part,
    None,
}

impl InRam {
    pub(super) fn word(self) -> &'static str {
        match self {
            InRam::All => "yes",
            InRam::Part => "partly",
            InRam::None => "no",
        }
    }
}

/// How many symbols there are of each kind.
pub(super) struct SymbolCounts {
    pub(super) functions: usize,
    pub(super) objects: usize,
    pub(super) labels: usize,
}

impl Facts<'_> {
    pub(super) fn program(&self) -> &Program {
        &self.file.program
    }

    /// The calling convention, by the registers that arguments are passed in.
    pub(super) fn abi(&self) -> Vec<&'static str> {
        let flags = self.program().flags;
        let float = match (flags & FLOAT_ABI) >> 1 {
            0 => "soft-float",
            1 => "single-float",
            2 => "double-float",
            _ => "quad-float",
        };
        let others = [(RVC, "RVC"), (RVE, "RVE"), (TSO, "TSO")];
        let present = others.iter().filter(|(flag, _)| flags & flag != 0);
        let mut words: Vec<&str> = present.map(|&(_, word)| word).collect();
        words.push(float);
        words
    }

    /// The parts of the program's ISA string that the board does not have.
    pub(super) fn missing_extensions(&self) -> Vec<&str> {
        let Some(arch) = self.program().arch.as_deref() else {
            return Vec::new();
        };
        let is_missing = |part: &&str| match isa_of(part) {
            Some(isa) => isa.iter().any(|one| !self.board.isa.contains(one)),
            None => true,
        };
        arch.split('_').filter(is_missing).collect()
    }

    pub(super) fn in_ram(&self, segment: &Segment) -> InRam {
        let end = RAM_BASE.saturating_add(self.board.memory);
        let is_in = |address| (RAM_BASE..end).contains(&address);
        match (is_in(segment.paddr), is_in(segment.last_paddr())) {
            (true, true) => InRam::All,
            (false, false) if !(segment.paddr < RAM_BASE && segment.last_paddr() >= end) => {
                InRam::None
            }
            _ => InRam::Part,
        }
    }

    pub(super) fn symbol_counts(&self) -> SymbolCounts {
        let symbols = &self.program().symbols;
        let count = |kind| symbols.iter().filter(|symbol| symbol.kind == kind).count();
        SymbolCounts {
            functions: count(SymbolKind::Function),
            objects: count(SymbolKind::Object),
            labels: count(SymbolKind::Label),
        }
    }

    /// Whether source lines can be shown and, if not, why.
    pub(super) fn source_lines(&self) -> Result<(), String> {
        match Lines::parse(self.file.bytes.clone()) {
            Ok(_) => Ok(()),
            Err(why) => Err(why.to_string()),
        }
    }

    /// The trace points that it publishes.
    pub(super) fn trace_points(&self) -> &[TracePoint] {
        self.published
            .as_ref()
            .map_or(&[], |notes| &notes.trace_points)
    }

    /// The structures of tables that it publishes.
    pub(super) fn structures(&self) -> &[Structure] {
        self.published
            .as_ref()
            .map_or(&[], |notes| &notes.structures)
    }

    /// What may be a surprise.
    pub(super) fn notes(&self) -> Vec<String> {
        let program = self.program();
        let mut notes = Vec::new();
        if self.kind.how == How::Bare
            && let Err(error) = self.board.check(program)
        {
            notes.push(format!("it cannot be loaded: {}", error.problem));
        }
        if let Err(error) = &self.published {
            notes.push(format!("what it publishes cannot be read: {error}"));
        }
        if program.symbols.is_empty() {
            notes.push("it has no symbols: addresses will have no names".to_owned());
        }
        let missing = self.missing_extensions();
        if !missing.is_empty() {
            notes.push(format!(
                "it was built for {}, which the board does not have; such instructions trap",
                missing.join(", ")
            ));
        }
        if let Some(segment) = program.segments.iter().find(|s| s.writable && s.executable)
            && self.kind.how != How::Bare
        {
            notes.push(format!(
                "segment {} is writable and executable",
                segment.index
            ));
        }
        notes
    }
}

/// What a part of an ISA string stands for; `None` if that is not known here.
fn isa_of(part: &str) -> Option<IsaSet> {
    match part.starts_with("rv") {
        true => part.parse().ok(),
        false => format!("rv64i_{part}").parse().ok(),
    }
}

/// One letter and one word of a symbol, for tables.
pub(super) fn symbol_kind(symbol: &Symbol<'_>) -> &'static str {
    match symbol.kind {
        SymbolKind::Function => "function",
        SymbolKind::Object => "object",
        SymbolKind::Label => "label",
    }
}

/// Names of arguments and the registers in which they are.
pub(super) fn arguments(point: &TracePoint) -> impl Iterator<Item = (&'static str, &'static str)> {
    let names = point.probe.arguments.iter().map(|(name, _)| *name);
    names.zip(point.registers.iter().map(|register| x_name(*register)))
}

/// `rwx`, with dashes for what is not allowed.
pub(super) fn permissions(readable: bool, writable: bool, executable: bool) -> String {
    [(readable, 'r'), (writable, 'w'), (executable, 'x')]
        .map(|(is_set, letter)| if is_set { letter } else { '-' })
        .iter()
        .collect()
}
