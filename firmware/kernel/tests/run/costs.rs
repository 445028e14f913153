//! What the kernel's services cost. Instructions are counted, so a busy host changes
//! nothing; docs/kernel-costs.md has the numbers.

use crate::board::{Setup, run};

/// The rows of `costs`, and the most that each may be: about a quarter more than it
/// was when this was written.
const MOST: &[(&str, u64)] = &[
    ("system call (getpid)", 520),
    ("fault: first write to a page", 1_600),
    ("fault: first read of a page", 1_100),
    ("fault: first write after reads", 1_800),
    ("fault: page of a file, in memory", 1_600),
    ("copy on write: copied", 3_350),
    ("copy on write: the last owner", 1_250),
    ("fork with 1 MiB", 38_000),
    ("fork with 1 MiB, exit, wait", 130_000),
    ("pipe: round trip of a byte", 12_000),
    ("sched_yield to another process", 930),
    ("signal: fault, handler, return", 5_800),
    ("execve of this program", 80_000),
];

/// The same for `costs swap`.
const MOST_OF_SWAP: &[(&str, u64)] = &[
    ("swap: a page in, a changed one out", 12_000),
    ("swap: a page in, an unchanged one dropped", 9_000),
];

fn compare(output: &str, most: &[(&str, u64)]) {
    for (name, most) in most {
        let row = output.lines().find_map(|line| {
            let number = line.strip_prefix(name)?.trim();
            number.parse::<u64>().ok()
        });
        let cost = row.unwrap_or_else(|| panic!("no row `{name}`: {output}"));
        assert!(cost <= *most, "{name}: {cost} instructions, not {most}");
        assert!(cost > 0, "{name} costs something");
    }
}

#[test]
fn services_cost_no_more_than_they_did() {
    let run = run(&Setup {
        options: "frames=4096",
        argv: &["/bin/costs"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:#?}");
    compare(&run.stdout, MOST);
}

#[test]
fn swapping_costs_no_more_than_it_did() {
    let run = run(&Setup {
        options: "frames=1024",
        swap_pages: 4096,
        argv: &["/bin/costs", "swap", "2048"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:#?}");
    compare(&run.stdout, MOST_OF_SWAP);
}

#[test]
fn starting_costs_no_more_than_it_did() {
    let run = run(&Setup {
        options: "frames=4096",
        argv: &["/bin/hello-process"],
        ..Setup::default()
    });
    assert_eq!(run.status, 0, "{run:#?}");
    assert!(run.instructions < 1_200_000, "{}", run.instructions);
}
