//! Traps and verdicts, told to a person.

use pagewalk_machine::isa::{Cause, ExceptionCause};
use pagewalk_machine::mmu::{Privilege, Reason};
use pagewalk_machine::{AdPolicy, FINISHER_BASE, Trap, Verdict};

use crate::illegal;
use crate::place::{Scene, assembly};
use crate::size::grouped;

/// A verdict: what it is in one line, and the lines that explain it.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) headline: String,
    pub(crate) lines: Vec<String>,
}

/// Why the guest can make no progress.
pub(crate) fn verdict(scene: Scene<'_>, hart: usize, verdict: &Verdict) -> Story {
    match verdict {
        Verdict::TrapLoop { first, last, times } => trap_loop(scene, hart, first, last, *times),
        Verdict::WaitsForNothing { pc } => waits(scene, hart, *pc),
        Verdict::Parked { pc } => parked(scene, hart, *pc),
    }
}

fn trap_loop(scene: Scene<'_>, hart: usize, first: &Trap, last: &Trap, times: u64) -> Story {
    let mut lines = vec!["What trapped first:".to_owned()];
    lines.extend(indented(trap(scene, hart, first)));
    if (first.pc, first.cause) == (last.pc, last.cause) {
        lines.push(format!(
            "The same happened {} times without a return to where it began.",
            grouped(times)
        ));
    } else {
        lines.push(format!(
            "What came of it, {} times without a return to where it began:",
            grouped(times)
        ));
        lines.extend(indented(trap(scene, hart, last)));
    }
    lines.push(format!(
        "Why it cannot go on: {}.",
        hopelessness(scene, hart, last)
    ));
    lines.extend(ad_hint(scene, [first, last]));
    Story {
        headline: "the guest traps for ever, again and again at the same place".to_owned(),
        lines,
    }
}

/// Why a trap that repeats will always repeat.
fn hopelessness(scene: Scene<'_>, hart: usize, last: &Trap) -> String {
    let register = match last.to {
        Privilege::Machine => "mtvec",
        Privilege::Supervisor | Privilege::User => "stvec",
    };
    let handler = scene.place(hart, last.to, last.handler);
    if last.pc != last.handler {
        let place = scene.place(hart, last.from, last.pc);
        return format!(
            "the trap handler at {handler} always comes to {place}, which traps before the handler \
             has returned"
        );
    }
    let unfetchable = matches!(
        last.cause,
        Cause::Exception(
            ExceptionCause::InstructionAccessFault | ExceptionCause::InstructionPageFault
        )
    );
    match (unfetchable, last.handler) {
        (true, 0) => format!(
            "{register} is 0, where no instruction can be fetched; it seems that the program has \
             set up no trap handler"
        ),
        (true, _) => format!(
            "{register} sends traps to {handler}, where no instruction can be fetched any more"
        ),
        (false, _) => format!(
            "{register} sends traps to {handler}, and the first instruction there traps itself"
        ),
    }
}

fn waits(scene: Scene<'_>, hart: usize, behind: u64) -> Story {
    // `wfi` has no compressed form.
    let pc = behind.wrapping_sub(4);
    let place = scene.place(hart, scene.machine.hart(hart).privilege(), pc);
    let mut lines = vec![format!(
        "hart {hart} waits at {place} (wfi), and neither a timer is set nor a device or a running \
         hart there that could interrupt it."
    )];
    if scene.board.harts > 1 {
        lines.extend(scene.harts());
    }
    lines.push(how_to_end(scene));
    Story {
        headline: "the guest waits for an interrupt that will never come".to_owned(),
        lines,
    }
}

fn parked(scene: Scene<'_>, hart: usize, pc: u64) -> Story {
    let place = scene.place(hart, scene.machine.hart(hart).privilege(), pc);
    let mut lines = vec![format!(
        "hart {hart} jumps to itself at {place}, and no interrupt is enabled that could lead it away."
    )];
    if scene.board.harts > 1 {
        lines.extend(scene.harts());
    }
    lines.push(how_to_end(scene));
    Story {
        headline: "the guest loops on the spot for ever".to_owned(),
        lines,
    }
}

/// Most that stop without a word have done their work.
fn how_to_end(scene: Scene<'_>) -> String {
    let htif = if scene
        .program
        .is_some_and(|program| program.tohost.is_some())
    {
        " or `status << 1 | 1` to tohost"
    } else {
        ""
    };
    format!(
        "If that was to be the end of the program: it ends a run by a store of 0x5555 (success) or \
         `status << 16 | 0x3333` (failure) to {FINISHER_BASE:#x}{htif}."
    )
}

/// A trap: what and where, and what is known about why.
pub(crate) fn trap(scene: Scene<'_>, hart: usize, trap: &Trap) -> Vec<String> {
    let place = scene.place(hart, trap.from, trap.pc);
    let exception = match trap.cause {
        Cause::Interrupt(cause) => {
            let number = cause.number();
            return vec![format!("{cause} ({number}) in {} at {place}", trap.from)];
        }
        Cause::Exception(exception) => exception,
    };
    let number = exception.number();
    let mut lines = vec![format!(
        "{exception} ({number}) in {} at {place}",
        trap.from
    )];
    let instruction = match exception {
        // The instruction may be gone; the register has kept it.
        ExceptionCause::IllegalInstruction if trap.tval != 0 => {
            Some(assembly(trap.tval as u32, trap.pc, scene.board.isa))
        }
        _ => scene.instruction(hart, trap.from, trap.pc),
    };
    if let Some(instruction) = instruction {
        lines.push(format!("  instruction: {instruction}"));
    }
    let register = match trap.to {
        Privilege::Machine => "mtval",
        Privilege::Supervisor | Privilege::User => "stval",
    };
    let value = match exception {
        ExceptionCause::IllegalInstruction => format!("{:#x}", trap.tval),
        _ => scene.address(trap.tval),
    };
    lines.push(format!("  {register}: {value}"));
    let why = match &trap.fault {
        Some(fault) => fault.to_string(),
        None if exception == ExceptionCause::IllegalInstruction => {
            illegal::why(trap.tval as u32, scene.board.isa, trap.from)
        }
        None => exception.wording().to_owned(),
    };
    lines.push(format!("  why: {why}"));
    lines
}

/// A run that ends badly on a fault that `--ad hardware` would not have taken
/// says so.
pub(crate) fn ad_hint<'a>(
    scene: Scene<'_>,
    traps: impl IntoIterator<Item = &'a Trap>,
) -> Option<String> {
    let is_ad = |trap: &Trap| {
        let reason = trap.fault.as_ref().map(|fault| fault.reason);
        matches!(reason, Some(Reason::NotAccessed | Reason::NotDirty))
    };
    let is_hint = scene.board.ad != AdPolicy::Hardware && traps.into_iter().any(is_ad);
    is_hint.then(|| {
        "With `--ad hardware` the hart sets A and D by itself, and there is no such fault."
            .to_owned()
    })
}

/// Lines, moved to the right.
pub(crate) fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("  {line}"))
}
