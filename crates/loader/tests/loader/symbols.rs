//! Names of addresses.

use pagewalk_loader::{Binding, Content, Program, SymbolKind};

use crate::builder::*;
use crate::parse::parse;

/// A program with these symbols; its memory is `RAM..RAM + 0x1000`.
fn with(symbols: &[Sym]) -> Program {
    let segments = vec![Seg::load(RAM, R | X, &[0x13; 64], 0x1000)];
    parse(&Elf {
        segments,
        symbols: symbols.to_vec(),
        ..Elf::good()
    })
}

/// How messages write an address.
fn name(program: &Program, offset: u64) -> String {
    program
        .symbols
        .locate(RAM + offset)
        .map_or("-".to_owned(), |place| place.to_string())
}

#[test]
fn address_is_named_by_the_symbol_before_it() {
    let program = with(&[label("reset", RAM), label("trap_handler", RAM + 0x40)]);
    assert_eq!(name(&program, 0), "reset");
    assert_eq!(name(&program, 0x3f), "reset+0x3f");
    assert_eq!(name(&program, 0x40), "trap_handler");
    assert_eq!(name(&program, 0x5c), "trap_handler+0x1c");
}

#[test]
fn nothing_is_named_out_of_memory_or_before_the_first_symbol() {
    let program = with(&[label("reset", RAM + 8), label("stack_top", RAM + 0x1000)]);
    assert_eq!(name(&program, 7), "-");
    assert_eq!(name(&program, 0xfff), "reset+0xff7");
    assert_eq!(
        name(&program, 0x1000),
        "-",
        "the end of memory is not memory"
    );
    assert!(program.symbols.locate(u64::MAX).is_none());
    assert_eq!(program.symbols.address("stack_top"), Some(RAM + 0x1000));
}

#[test]
fn sized_symbol_ends_where_it_says() {
    let program = with(&[function("f", RAM, 16), function("g", RAM + 32, 16)]);
    assert_eq!(name(&program, 15), "f+0xf");
    assert_eq!(name(&program, 16), "-");
    assert_eq!(name(&program, 47), "g+0xf");
    assert_eq!(name(&program, 48), "-");
}

#[test]
fn symbols_within_a_symbol() {
    let program = with(&[
        function("outer", RAM, 64),
        function("inner", RAM + 16, 8),
        label("loop", RAM + 40),
        label("after", RAM + 0x100),
    ]);
    assert_eq!(name(&program, 15), "outer+0xf");
    assert_eq!(name(&program, 23), "inner+0x7");
    assert_eq!(name(&program, 24), "outer+0x18");
    assert_eq!(name(&program, 41), "loop+0x1");
    assert_eq!(name(&program, 63), "loop+0x17");
    assert_eq!(
        name(&program, 64),
        "-",
        "a label does not leave its function"
    );
    assert_eq!(name(&program, 0x101), "after+0x1");
}

#[test]
fn symbols_that_overlap() {
    let program = with(&[
        function("f", RAM, 32),
        function("g", RAM + 16, 32),
        function("huge", RAM + 0x80, u64::MAX),
    ]);
    assert_eq!(name(&program, 15), "f+0xf");
    assert_eq!(name(&program, 40), "g+0x18");
    assert_eq!(name(&program, 48), "-");
    assert_eq!(name(&program, 0xfff), "huge+0xf7f");
    assert_eq!(name(&program, 0x1000), "-");
}

#[test]
fn functions_and_global_symbols_are_preferred() {
    let local = |name, info| Sym {
        info,
        ..label(name, RAM)
    };
    let weak_function = Sym {
        info: 0x22,
        ..function("weak", RAM, 4)
    };
    let mut symbols = vec![
        Sym {
            section: SHN_ABS,
            ..function("absolute", RAM, 4)
        },
        local("local_label", 0x00),
        label("label", RAM),
        Sym {
            info: 0x11,
            ..label("object", RAM)
        },
        local("local_function", 0x02),
        weak_function,
        function("function", RAM, 4),
    ];
    while let Some(best) = symbols.last() {
        let expected = best.name;
        assert_eq!(name(&with(&symbols), 0), expected);
        symbols.reverse();
        assert_eq!(name(&with(&symbols), 0), expected, "in any order");
        symbols.reverse();
        symbols.pop();
    }
}

#[test]
fn symbols_that_name_nothing_are_left_out() {
    let other = |name, info, section| Sym {
        info,
        section,
        ..label(name, RAM)
    };
    let program = with(&[
        label("$x", RAM),
        label("$xrv64i2p1_m2p0", RAM),
        label("$d", RAM),
        label(".L0 ", RAM),
        label("", RAM),
        other("crt.S", 0x04, SHN_ABS),
        other(".text", 0x03, 1),
        other("undefined", 0x10, 0),
        other("common", 0x11, 0xfff2),
        other("thread_local", 0x16, 1),
    ]);
    assert!(
        program.symbols.is_empty(),
        "{:?}",
        program.symbols.iter().collect::<Vec<_>>()
    );
    assert_eq!(program.symbols.len(), 0);
    assert_eq!(program.symbols.by_name("undefined"), None);
}

#[test]
fn names_are_found_whole_and_global_first() {
    let local = Sym {
        info: 0x00,
        ..label("value", RAM + 4)
    };
    let program = with(&[
        local.clone(),
        label("value", RAM + 8),
        local,
        label("valued", RAM),
    ]);
    let symbol = program.symbols.by_name("value").unwrap();
    assert_eq!((symbol.address, symbol.size), (RAM + 8, 0));
    assert_eq!(
        (symbol.kind, symbol.binding),
        (SymbolKind::Label, Binding::Global)
    );
    assert_eq!(program.symbols.by_name("valu"), None);
    assert_eq!(program.symbols.by_name(""), None);
}

#[test]
fn symbols_are_listed_by_address() {
    let program = with(&[
        label("b", RAM + 8),
        label("a", RAM + 4),
        function("f", RAM + 8, 4),
    ]);
    let listed: Vec<&str> = program.symbols.iter().map(|symbol| symbol.name).collect();
    assert_eq!(listed, ["a", "f", "b"]);
}

#[test]
fn rust_names_are_shown_demangled() {
    let mangled = "_ZN4core9panicking5panic17h0123456789abcdefE";
    let program = with(&[function(mangled, RAM, 16)]);
    assert_eq!(name(&program, 4), "core::panicking::panic+0x4");
    assert_eq!(program.symbols.address(mangled), Some(RAM));
}

#[test]
fn a_name_that_is_only_a_hash_is_shown_as_it_is() {
    let hash = "_ZN17h0123456789abcdefE";
    let program = with(&[function(hash, RAM, 16)]);
    assert_eq!(name(&program, 4), format!("{hash}+0x4"));
}

#[test]
fn dynamic_symbols_serve_when_the_full_table_is_stripped() {
    let mut bytes = Elf::good().build();
    let at = in_section(&bytes, 3, field::SH_TYPE);
    put32(&mut bytes, at, 11);
    let program = Program::parse("test.elf", &bytes).unwrap();
    assert_eq!(program.symbols.address("_start"), Some(RAM));
}

#[test]
fn mapping_symbols_tell_code_from_data() {
    let mut elf = Elf::good();
    let mark = |name, offset| Sym {
        info: 0, // STB_LOCAL, STT_NOTYPE
        ..label(name, RAM + offset)
    };
    elf.symbols.extend([
        mark("$xrv64i2p1", 4),
        mark("$d", 12),
        mark("$d.7", 20),
        // Of several at one address the last one counts.
        mark("$d", 24),
        mark("$x", 24),
        // Names of other symbols.
        mark("$data", 30),
    ]);
    let program = Program::parse("test.elf", &elf.build()).unwrap();
    let content = |offset| program.symbols.content(RAM + offset, RAM);
    assert_eq!(content(0), (None, Some(RAM + 4)));
    assert_eq!(content(4), (Some(Content::Code), Some(RAM + 12)));
    assert_eq!(content(13), (Some(Content::Data), Some(RAM + 20)));
    assert_eq!(content(20), (Some(Content::Data), Some(RAM + 24)));
    assert_eq!(content(40), (Some(Content::Code), None));
    // What stands before a section says nothing about it.
    assert_eq!(program.symbols.content(RAM + 40, RAM + 32), (None, None));
    assert_eq!(program.symbols.by_name("$d"), None);
}
