//! The report for people: a screenful, unless all symbols are asked for.

use std::fmt::Write;

use pagewalk_machine::loader::{Binding, Kind, Section};

use super::facts::{Facts, SymbolCounts, arguments, permissions, symbol_kind};
use crate::size::grouped;

/// So many sections are shown; linker scripts rarely make more.
const SECTIONS: usize = 16;

/// The report, lines and all.
pub(super) fn report(facts: &Facts<'_>, symbols: bool) -> String {
    let program = facts.program();
    let mut text = format!("{}: {}\n", program.name, summary(facts));
    for (name, value) in rows(facts) {
        writeln!(text, "  {name:14}{value}").expect("writing to a string");
    }
    text.push('\n');
    text.push_str(&table(&segments(facts)));
    if !program.sections.is_empty() {
        text.push('\n');
        text.push_str(&table(&sections(facts)));
        let more = program.sections.len().saturating_sub(SECTIONS);
        if more > 0 {
            writeln!(text, "  … and {more} more").expect("writing to a string");
        }
    }
    if !facts.trace_points().is_empty() {
        text.push('\n');
        text.push_str(&table(&trace_points(facts)));
    }
    if !facts.structures().is_empty() {
        text.push('\n');
        text.push_str(&table(&structures(facts)));
    }
    if symbols {
        text.push('\n');
        text.push_str(&table(&all_symbols(facts)));
    }
    let notes = facts.notes();
    if !notes.is_empty() {
        text.push('\n');
    }
    for note in notes {
        writeln!(text, "note: {note}").expect("writing to a string");
    }
    text
}

fn summary(facts: &Facts<'_>) -> &'static str {
    let program = facts.program();
    match (program.kind, &program.interpreter, program.dynamic) {
        (Kind::Fixed, None, _) => "static executable for 64-bit RISC-V, linked for fixed addresses",
        (Kind::Fixed, Some(_), _) => {
            "dynamically linked executable for 64-bit RISC-V, linked for fixed addresses"
        }
        (Kind::PositionIndependent, Some(_), _) => {
            "dynamically linked, position-independent executable for 64-bit RISC-V"
        }
        (Kind::PositionIndependent, None, true) => {
            "static, position-independent executable (static-pie) for 64-bit RISC-V"
        }
        (Kind::PositionIndependent, None, false) => {
            "position-independent executable for 64-bit RISC-V, without anything to relocate"
        }
    }
}

fn rows(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    let program = facts.program();
    let mut rows = vec![
        ("runs", facts.kind.how.to_string()),
        ("because", facts.kind.rule.to_string()),
        ("entry", entry(facts)),
        (
            "ABI",
            format!("{} (e_flags {:#x})", facts.abi().join(", "), program.flags),
        ),
    ];
    if let Some(arch) = &program.arch {
        rows.push(("ISA", arch.clone()));
    }
    for (name, address) in [("tohost", program.tohost), ("fromhost", program.fromhost)] {
        rows.extend(address.map(|address| (name, format!("{address:#x}"))));
    }
    if let Some(path) = &program.interpreter {
        rows.push(("interpreter", path.clone()));
    }
    let SymbolCounts {
        functions,
        objects,
        labels,
    } = facts.symbol_counts();
    rows.push((
        "symbols",
        match program.symbols.len() {
            0 => "none".to_owned(),
            _ => format!("{functions} functions, {objects} objects, {labels} labels"),
        },
    ));
    rows.push((
        "source lines",
        match facts.source_lines() {
            Ok(()) => "yes".to_owned(),
            Err(why) => format!("no: {why}"),
        },
    ));
    rows
}

fn entry(facts: &Facts<'_>) -> String {
    let program = facts.program();
    let mut text = format!("{:#x}", program.entry);
    if let Some(place) = program.symbols.locate(program.entry) {
        write!(text, " <{place}>").expect("writing to a string");
    }
    match program.entry_paddr() {
        Some(address) if address != program.entry => {
            write!(text, ", physical {address:#x}").expect("writing to a string");
        }
        Some(_) => {}
        None => text.push_str(", where the program has no code"),
    }
    text
}

fn segments(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row([
        "segment",
        "virtual",
        "physical",
        "in the file",
        "in memory",
        "",
        "in RAM",
    ])];
    rows.extend(facts.program().segments.iter().map(|segment| {
        vec![
            segment.index.to_string(),
            format!("{:#x}", segment.vaddr),
            format!("{:#x}", segment.paddr),
            grouped(segment.data.len() as u64),
            grouped(segment.mem_size),
            permissions(segment.readable, segment.writable, segment.executable),
            facts.in_ram(segment).word().to_owned(),
        ]
    }));
    rows
}

fn sections(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row(["section", "virtual", "size", ""])];
    let sections = facts.program().sections.iter().take(SECTIONS);
    rows.extend(sections.map(|section| {
        vec![
            section.name.clone(),
            format!("{:#x}", section.address),
            grouped(section.size),
            what_section(section),
        ]
    }));
    rows
}

fn what_section(section: &Section) -> String {
    let flags = permissions(true, section.writable, section.executable);
    match section.zeros {
        true => format!("{flags} zeros"),
        false => flags,
    }
}

fn trace_points(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row(["trace point", "virtual", "arguments"])];
    rows.extend(facts.trace_points().iter().map(|point| {
        let arguments = arguments(point).map(|(name, register)| format!("{name}={register}"));
        vec![
            point.probe.name.to_owned(),
            format!("{:#x}", point.address),
            arguments.collect::<Vec<_>>().join(" "),
        ]
    }));
    rows
}

fn structures(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row(["structure", "size", "fields and offsets"])];
    rows.extend(facts.structures().iter().map(|structure| {
        let fields = structure.fields.iter();
        let fields = fields.map(|f| format!("{}: {} at {}", f.name, f.shape, f.offset));
        vec![
            structure.name.clone(),
            structure.size.to_string(),
            fields.collect::<Vec<_>>().join(", "),
        ]
    }));
    rows
}

fn all_symbols(facts: &Facts<'_>) -> Vec<Vec<String>> {
    let mut rows = vec![row(["symbol", "size", "", "", "name"])];
    rows.extend(facts.program().symbols.iter().map(|symbol| {
        let binding = match symbol.binding {
            Binding::Local => "local",
            Binding::Weak => "weak",
            Binding::Global => "global",
        };
        vec![
            format!("{:#x}", symbol.address),
            grouped(symbol.size),
            symbol_kind(&symbol).to_owned(),
            binding.to_owned(),
            symbol.to_string(),
        ]
    }));
    rows
}

fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

/// Rows with columns below each other: numbers to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let is_number = |column: usize| {
        let mut cells = rows.iter().skip(1).map(|row| &row[column]);
        cells.all(|cell| cell.starts_with(|first: char| first.is_ascii_digit()))
    };
    let is_right: Vec<bool> = (0..columns).map(|c| c > 0 && is_number(c)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for ((cell, &width), &right) in row.iter().zip(&widths).zip(&is_right) {
            match right {
                true => write!(line, "  {cell:>width$}"),
                false => write!(line, "  {cell:width$}"),
            }
            .expect("writing to a string");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
