//! `/proc`: names of files that the kernel makes up when they are opened.

use alloc::vec::Vec;

/// A file or directory of `/proc`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// `/proc` itself.
    Root,
    /// `/proc/<pid>`.
    Process(u32),
    /// A file about the whole system.
    System(System),
    /// A file about a process.
    Of(u32, About),
}

/// Declares kinds of files with their names.
macro_rules! files {
    ($(#[$doc:meta])* $type:ident: $($(#[$what:meta])* $variant:ident = $name:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type {
            $($(#[$what])* $variant,)*
        }

        impl $type {
            /// All, with their names.
            pub const ALL: &[($type, &str)] = &[$(($type::$variant, $name),)*];

            fn named(name: &[u8]) -> Option<$type> {
                let mut all = Self::ALL.iter();
                all.find(|(_, known)| known.as_bytes() == name).map(|(file, _)| *file)
            }
        }
    };
}

files! {
    /// What is said of the system.
    System:
    /// Memory in use.
    Meminfo = "meminfo",
    /// Counters of events.
    Vmstat = "vmstat",
    /// Seconds since the start.
    Uptime = "uptime",
    /// Time and processes.
    Stat = "stat",
    /// Who wants to run.
    Loadavg = "loadavg",
    /// What kernel it is.
    Version = "version",
}

files! {
    /// What is said of a process.
    About:
    /// Its arguments; here only its name.
    Cmdline = "cmdline",
    /// Its name.
    Comm = "comm",
    /// Its program.
    Exe = "exe",
    /// Its areas.
    Maps = "maps",
    /// Where each page is: a word a page.
    Pagemap = "pagemap",
    /// Its counters, one a line.
    Pagewalk = "pagewalk",
    /// Numbers, for ps.
    Stat = "stat",
    /// The same and more, for people.
    Status = "status",
}

/// What a path below `/proc` means to the process `me`; `None` if it is not below it,
/// an error if there is nothing.
pub fn parse(path: &[u8], me: u32) -> Option<Result<Entry, NotThere>> {
    let mut parts = path
        .strip_prefix(b"/")?
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".");
    if parts.next()? != b"proc" {
        return None;
    }
    let parts: Vec<&[u8]> = parts.collect();
    let process = |name: &[u8]| match name {
        b"self" => Some(me),
        _ => core::str::from_utf8(name).ok()?.parse().ok(),
    };
    let entry = match parts[..] {
        [] => Some(Entry::Root),
        [name] => System::named(name)
            .map(Entry::System)
            .or_else(|| process(name).map(Entry::Process)),
        [pid, name] => process(pid)
            .zip(About::named(name))
            .map(|(p, n)| Entry::Of(p, n)),
        _ => None,
    };
    Some(entry.ok_or(NotThere))
}

/// There is no such file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotThere;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known() {
        let find = |path: &str| parse(path.as_bytes(), 7);
        assert_eq!(find("/etc/proc"), None);
        assert_eq!(find("proc/self"), None);
        assert_eq!(find("//proc/."), Some(Ok(Entry::Root)));
        assert_eq!(find("/proc/self"), Some(Ok(Entry::Process(7))));
        assert_eq!(
            find("/proc/meminfo"),
            Some(Ok(Entry::System(System::Meminfo)))
        );
        assert_eq!(find("/proc/12/maps"), Some(Ok(Entry::Of(12, About::Maps))));
        for path in [
            "/proc/none",
            "/proc/self/none",
            "/proc/self/maps/x",
            "/proc/-1",
        ] {
            assert_eq!(find(path), Some(Err(NotThere)), "{path}");
        }
    }
}
