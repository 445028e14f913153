//! The report for programs: one line of JSON.

use pagewalk_machine::loader::{Binding, Field, Kind};
use serde_json::{Value, json};

use super::facts::{Facts, SymbolCounts, arguments, permissions, symbol_kind};

/// The report, with a newline at its end.
pub(super) fn report(facts: &Facts<'_>, symbols: bool) -> String {
    let program = facts.program();
    let SymbolCounts {
        functions,
        objects,
        labels,
    } = facts.symbol_counts();
    let lines = facts.source_lines();
    let mut report = json!({
        "file": program.name,
        "runs": facts.kind.how.word(),
        "because": facts.kind.rule.to_string(),
        "position_independent": program.kind == Kind::PositionIndependent,
        "dynamic": program.dynamic,
        "interpreter": program.interpreter,
        "entry": {
            "address": program.entry,
            "physical": program.entry_paddr(),
            "symbol": program.symbols.locate(program.entry).map(|place| place.to_string()),
        },
        "flags": program.flags,
        "abi": facts.abi(),
        "isa": program.arch,
        "missing_extensions": facts.missing_extensions(),
        "tohost": program.tohost,
        "fromhost": program.fromhost,
        "segments": segments(facts),
        "sections": sections(facts),
        "symbol_counts": { "functions": functions, "objects": objects, "labels": labels },
        "source_lines": lines.is_ok(),
        "notes": facts.notes(),
        "trace_points": trace_points(facts),
        "structures": structures(facts),
    });
    if symbols {
        report["symbols"] = all_symbols(facts);
    }
    format!("{report}\n")
}

fn segments(facts: &Facts<'_>) -> Value {
    let segments = facts.program().segments.iter();
    segments
        .map(|segment| {
            json!({
                "index": segment.index,
                "virtual": segment.vaddr,
                "physical": segment.paddr,
                "file_size": segment.data.len(),
                "memory_size": segment.mem_size,
                "flags": permissions(segment.readable, segment.writable, segment.executable),
                "in_ram": facts.in_ram(segment).word(),
            })
        })
        .collect()
}

fn sections(facts: &Facts<'_>) -> Value {
    let sections = facts.program().sections.iter();
    sections
        .map(|section| {
            json!({
                "name": section.name,
                "address": section.address,
                "size": section.size,
                "flags": permissions(true, section.writable, section.executable),
                "zeros": section.zeros,
            })
        })
        .collect()
}

fn trace_points(facts: &Facts<'_>) -> Value {
    let points = facts.trace_points().iter();
    points
        .map(|point| {
            json!({
                "name": point.probe.name,
                "about": point.probe.about,
                "address": point.address,
                "arguments": arguments(point)
                    .map(|(name, register)| json!({ "name": name, "register": register }))
                    .collect::<Value>(),
            })
        })
        .collect()
}

fn structures(facts: &Facts<'_>) -> Value {
    let field = |field: &Field| {
        json!({
            "name": field.name,
            "offset": field.offset,
            "shape": field.shape.to_string(),
        })
    };
    let structures = facts.structures().iter();
    structures
        .map(|structure| {
            json!({
                "name": structure.name,
                "size": structure.size,
                "fields": structure.fields.iter().map(field).collect::<Value>(),
            })
        })
        .collect()
}

fn all_symbols(facts: &Facts<'_>) -> Value {
    let symbols = facts.program().symbols.iter();
    symbols
        .map(|symbol| {
            json!({
                "name": symbol.name,
                "demangled": symbol.to_string(),
                "address": symbol.address,
                "size": symbol.size,
                "kind": symbol_kind(&symbol),
                "binding": match symbol.binding {
                    Binding::Local => "local",
                    Binding::Weak => "weak",
                    Binding::Global => "global",
                },
            })
        })
        .collect()
}
