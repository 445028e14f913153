//! Echoes two lines of input by interrupts alone: the first one comes to
//! M-mode, the second one to S-mode, each through a context of the interrupt
//! controller of its own.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use core::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

    use pagewalk_test_programs::{
        board::{
            plic::Context,
            trap,
            uart::{self, read_byte, write_byte},
            wait_for_interrupt,
        },
        println,
    };

    const MACHINE: Context = Context::machine(0);
    const SUPERVISOR: Context = Context::supervisor(0);

    /// The line has ended.
    static IS_DONE: AtomicBool = AtomicBool::new(false);
    /// Interrupts that were claimed and not the UART's.
    static STRANGERS: AtomicU64 = AtomicU64::new(0);

    /// Takes an interrupt from the controller and what the UART has received.
    fn handle(context: Context) {
        let Some(source) = context.claim() else {
            return;
        };
        if source != uart::SOURCE {
            STRANGERS.fetch_add(1, Relaxed);
        }
        // One line at a time: what follows it stays for the next.
        while !IS_DONE.load(Relaxed) {
            let Some(byte) = read_byte() else { break };
            let is_end = matches!(byte, b'\r' | b'\n');
            write_byte(if is_end { b'\n' } else { byte });
            IS_DONE.store(is_end, Relaxed);
        }
        context.complete(source);
    }

    fn handle_in_machine_mode() {
        handle(MACHINE);
    }

    fn handle_in_supervisor_mode() {
        handle(SUPERVISOR);
    }

    /// Sleeps, and takes interrupts, until the line has ended.
    fn serve(take_pending: fn()) {
        while !IS_DONE.load(Relaxed) {
            wait_for_interrupt();
            take_pending();
        }
        IS_DONE.store(false, Relaxed);
    }

    pub(crate) fn program() -> u64 {
        println!("M-mode:");
        trap::handle_with(handle_in_machine_mode);
        MACHINE.take_only(uart::SOURCE);
        trap::enable(trap::EXTERNAL);
        uart::interrupt_when_received();
        serve(trap::take_pending);
        MACHINE.take_none();
        trap::enable(0);

        println!("S-mode:");
        SUPERVISOR.take_only(uart::SOURCE);
        trap::enter_supervisor_mode(trap::SUPERVISOR_EXTERNAL, handle_in_supervisor_mode);
        serve(trap::take_pending_in_supervisor_mode);
        let strangers = STRANGERS.load(Relaxed);
        println!("interrupts of other sources: {strangers}");
        strangers.min(1)
    }
}

pagewalk_test_programs::board!(guest::program);
