//! All harts of the board at work together: atomics and locks on shared
//! memory, fences, interrupts between harts and timers. The harts that there
//! are take part, up to eight; hart 0 checks and prints.
#![cfg_attr(target_os = "none", no_std, no_main)]

#[cfg(target_os = "none")]
mod guest {
    use core::{
        hint::spin_loop,
        sync::atomic::{
            AtomicBool, AtomicU32, AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
            fence,
        },
    };

    use pagewalk_test_programs::{
        board::{clint, hart, trap, wait_for_interrupt},
        println,
        runtime::MAX_HARTS,
    };

    /// Times that a hart does what it does to shared memory.
    const ROUNDS: u64 = 1000;
    /// Rounds of the token from hart to hart.
    const LAPS: u64 = 50;
    /// Timer interrupts of each hart.
    const ALARMS: u64 = 5;
    /// Ticks of the timer between them.
    const ALARM_TICKS: u64 = 500;
    /// Rounds of each litmus test.
    const LITMUS_ROUNDS: u64 = 500;

    /// How many harts take part; 0 as long as hart 0 does not know.
    static HARTS: AtomicUsize = AtomicUsize::new(0);

    /// Data in a cache line of its own.
    #[repr(align(64))]
    struct Cell(AtomicU64);

    impl Cell {
        const fn new() -> Self {
            Self(AtomicU64::new(0))
        }
    }

    /// A place where harts wait for the last one.
    struct Barrier {
        arrived: AtomicUsize,
        passed: AtomicUsize,
    }

    /// Of all harts.
    static BARRIER: Barrier = Barrier::new();
    /// Of harts 0 and 1.
    static PAIR: Barrier = Barrier::new();

    impl Barrier {
        const fn new() -> Self {
            Self {
                arrived: AtomicUsize::new(0),
                passed: AtomicUsize::new(0),
            }
        }

        fn wait(&self, harts: usize) {
            let passed = self.passed.load(Acquire);
            if self.arrived.fetch_add(1, AcqRel) + 1 == harts {
                self.arrived.store(0, Relaxed);
                self.passed.store(passed + 1, Release);
            } else {
                while self.passed.load(Acquire) == passed {
                    spin_loop();
                }
            }
        }
    }

    // --- atomics and locks --------------------------------------------------------

    static ADDED: Cell = Cell::new();
    static EXCHANGED: Cell = Cell::new();
    static NARROW: AtomicU32 = AtomicU32::new(0);

    /// AMOs and LR/SC loops on words that all harts want.
    fn add() {
        for _ in 0..ROUNDS {
            ADDED.0.fetch_add(1, Relaxed);
            NARROW.fetch_add(1, Relaxed);
            // A compare and exchange is an LR/SC loop.
            let mut old = EXCHANGED.0.load(Relaxed);
            while let Err(now) = EXCHANGED
                .0
                .compare_exchange_weak(old, old + 1, AcqRel, Relaxed)
            {
                old = now;
            }
        }
    }

    static SPIN: AtomicBool = AtomicBool::new(false);
    static SPIN_GUARDED: Cell = Cell::new();
    static NEXT_TICKET: Cell = Cell::new();
    static NOW_SERVING: Cell = Cell::new();
    static TICKET_GUARDED: Cell = Cell::new();

    /// Adds one by a plain load and a plain store.
    fn add_unprotected(cell: &Cell) {
        cell.0.store(cell.0.load(Relaxed) + 1, Relaxed);
    }

    fn lock() {
        for _ in 0..ROUNDS {
            while SPIN.swap(true, Acquire) {
                spin_loop();
            }
            add_unprotected(&SPIN_GUARDED);
            SPIN.store(false, Release);

            let ticket = NEXT_TICKET.0.fetch_add(1, Relaxed);
            while NOW_SERVING.0.load(Acquire) != ticket {
                spin_loop();
            }
            add_unprotected(&TICKET_GUARDED);
            NOW_SERVING.0.store(ticket + 1, Release);
        }
    }

    // --- litmus tests: harts 0 and 1 ------------------------------------------------

    static X: Cell = Cell::new();
    static Y: Cell = Cell::new();
    static SEEN: [Cell; 2] = [const { Cell::new() }; 2];
    static FORBIDDEN: Cell = Cell::new();

    /// Message passing: who sees the flag sees the message.
    fn message_passing(hart: usize) {
        for round in 1..=LITMUS_ROUNDS {
            match hart {
                0 => {
                    X.0.store(round, Relaxed);
                    fence(Release);
                    Y.0.store(round, Relaxed);
                }
                1 => {
                    let flag = Y.0.load(Relaxed);
                    fence(Acquire);
                    let message = X.0.load(Relaxed);
                    if message < flag {
                        FORBIDDEN.0.fetch_add(1, Relaxed);
                    }
                }
                _ => unreachable!("two harts take this test"),
            }
        }
    }

    /// Store buffering: with full fences, one of the two sees the other's store.
    fn store_buffering(hart: usize) {
        let [mine, other] = if hart == 0 { [&X, &Y] } else { [&Y, &X] };
        for round in LITMUS_ROUNDS + 1..=2 * LITMUS_ROUNDS {
            PAIR.wait(2);
            mine.0.store(round, Relaxed);
            fence(SeqCst);
            SEEN[hart].0.store(other.0.load(Relaxed), Relaxed);
            PAIR.wait(2);
            let saw_nothing = |cell: &Cell| cell.0.load(Relaxed) < round;
            if hart == 0 && SEEN.iter().all(saw_nothing) {
                FORBIDDEN.0.fetch_add(1, Relaxed);
            }
        }
        PAIR.wait(2);
    }

    // --- interrupts -----------------------------------------------------------------

    /// Sleeps until another hart, or this one, has sent a software interrupt.
    fn take_software_interrupt(hart: usize) {
        while trap::pending() & trap::SOFTWARE == 0 {
            wait_for_interrupt();
        }
        clint::set_software_interrupt(hart, false);
    }

    static PASSED_ON: Cell = Cell::new();

    /// A token goes round: each hart sleeps until the one before wakes it.
    fn pass_on(hart: usize) {
        let harts = HARTS.load(Relaxed);
        let next = (hart + 1) % harts;
        for lap in 0..LAPS {
            let begins = hart == 0 && lap == 0;
            if !begins {
                take_software_interrupt(hart);
            }
            add_unprotected(&PASSED_ON);
            clint::set_software_interrupt(next, true);
        }
        // The last token ends at hart 0.
        if hart == 0 {
            take_software_interrupt(hart);
        }
    }

    static ALARMS_RUNG: Cell = Cell::new();
    static ALARMS_EARLY: Cell = Cell::new();

    /// Each hart has itself woken by its own timer, at times of its own.
    fn sleep(hart: usize) {
        let mut due = clint::now();
        for _ in 0..ALARMS {
            due += ALARM_TICKS + 10 * hart as u64;
            clint::set_timer(hart, due);
            while trap::pending() & trap::TIMER == 0 {
                wait_for_interrupt();
            }
            if clint::now() < due {
                ALARMS_EARLY.0.fetch_add(1, Relaxed);
            }
            ALARMS_RUNG.0.fetch_add(1, Relaxed);
        }
        clint::set_timer(hart, u64::MAX);
    }

    // --- the whole --------------------------------------------------------------------

    /// What every hart does, with hart 0 as the one that looks at the results.
    fn work(hart: usize, check: &mut dyn FnMut(&str, u64, u64)) {
        let harts = HARTS.load(Relaxed) as u64;
        let each = ROUNDS * harts;
        BARRIER.wait(harts as usize);
        add();
        BARRIER.wait(harts as usize);
        check("amoadd.d", ADDED.0.load(Relaxed), each);
        check("amoadd.w", NARROW.load(Relaxed).into(), each);
        check("compare and exchange", EXCHANGED.0.load(Relaxed), each);
        lock();
        BARRIER.wait(harts as usize);
        check("spin lock", SPIN_GUARDED.0.load(Relaxed), each);
        check("ticket lock", TICKET_GUARDED.0.load(Relaxed), each);

        trap::enable(trap::SOFTWARE);
        if hart >= 2 {
            take_software_interrupt(hart);
        } else if harts > 1 {
            message_passing(hart);
            PAIR.wait(2);
            check("message passing, forbidden", FORBIDDEN.0.load(Relaxed), 0);
            store_buffering(hart);
            check("store buffering, forbidden", FORBIDDEN.0.load(Relaxed), 0);
        }
        if hart == 0 {
            (2..harts as usize).for_each(|sleeper| clint::set_software_interrupt(sleeper, true));
        }
        BARRIER.wait(harts as usize);

        pass_on(hart);
        BARRIER.wait(harts as usize);
        check("token", PASSED_ON.0.load(Relaxed), LAPS * harts);
        trap::enable(trap::TIMER);
        sleep(hart);
        BARRIER.wait(harts as usize);
        check("alarms", ALARMS_RUNG.0.load(Relaxed), ALARMS * harts);
        check("early alarms", ALARMS_EARLY.0.load(Relaxed), 0);
    }

    pub(crate) fn program() -> u64 {
        let harts = clint::harts(MAX_HARTS);
        println!("harts: {harts}");
        HARTS.store(harts, Release);
        let mut status = 0;
        work(0, &mut |what, found, expected| {
            println!("{what}: {found}");
            if found != expected {
                println!("failed: expected {expected}");
                status = 1;
            }
        });
        status
    }

    /// The other harts: they work, and then they sleep for ever.
    pub(crate) extern "C" fn others(number: usize) {
        assert_eq!(number, hart());
        while HARTS.load(Acquire) == 0 {
            spin_loop();
        }
        work(number, &mut |_, _, _| {});
    }
}

pagewalk_test_programs::board!(guest::program, others: guest::others);
