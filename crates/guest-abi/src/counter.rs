//! Counters: what happened to a process, under the names that the kernel's records,
//! `--stats`, `--expect` and `/proc/vmstat` share.

/// Names of all counters with what they count, in the order in which they are shown.
pub const ALL: [(&str, &str); 13] = [
    ("minor", "faults without a disk"),
    ("major", "faults that read from a disk"),
    ("ad_only", "faults only for the A or D bit"),
    ("zero_fill", "pages of zeros"),
    ("file_load", "pages read from files"),
    ("cow_copy", "pages copied for a write"),
    ("cow_reuse", "pages made writable for their last owner"),
    ("swap_in", "pages read from swap"),
    ("swap_out", "pages written to swap"),
    ("clean_drop", "pages dropped without a write"),
    ("flushes", "pages flushed from the TLB"),
    ("segv", "segmentation faults"),
    ("fork_copy", "pages copied by fork"),
];
