//! `/proc`: names of files that the kernel makes up when they are opened.
//!
//! A path is followed name by name, like any other (`path.rs`).

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
    /// `/proc/<pid>/fd`.
    Descriptors(u32),
    /// `/proc/<pid>/fd/<number>`: a link.
    Descriptor(u32, u32),
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
    /// File systems.
    Mounts = "mounts",
    /// What kernel it is.
    Version = "version",
}

files! {
    /// What is said of a process.
    About:
    /// Its arguments, each with a zero byte behind it.
    Cmdline = "cmdline",
    /// Its name.
    Comm = "comm",
    /// A link to its working directory.
    Cwd = "cwd",
    /// Its environment, in the form of its arguments.
    Environ = "environ",
    /// A link to its program.
    Exe = "exe",
    /// Its areas.
    Maps = "maps",
    /// Where each page is: a word a page.
    Pagemap = "pagemap",
    /// A link to its root directory.
    Root = "root",
    /// Its counters, one a line.
    Pagewalk = "pagewalk",
    /// Numbers, for ps.
    Stat = "stat",
    /// The same and more, for people.
    Status = "status",
}

impl Entry {
    /// What a name means in a directory, for the process `me`: `None` if nothing, and
    /// if it is no directory; nothing inside if it leads out of `/proc`.
    pub fn step(self, name: &[u8], me: u32) -> Option<Option<Entry>> {
        let number = |name: &[u8]| core::str::from_utf8(name).ok()?.parse().ok();
        let entry = match (self, name) {
            (Entry::Root, b"..") => return Some(None),
            (Entry::Process(_), b"..") => Entry::Root,
            (Entry::Descriptors(pid), b"..") => Entry::Process(pid),
            (_, b".") if self.is_directory() => self,
            (Entry::Root, b"self" | b"thread-self") => Entry::Process(me),
            (Entry::Root, _) => System::named(name)
                .map(Entry::System)
                .or_else(|| number(name).map(Entry::Process))?,
            (Entry::Process(pid), b"fd") => Entry::Descriptors(pid),
            (Entry::Process(pid), _) => Entry::Of(pid, About::named(name)?),
            (Entry::Descriptors(pid), _) => Entry::Descriptor(pid, number(name)?),
            _ => return None,
        };
        Some(Some(entry))
    }

    /// The process that it is about.
    pub fn process(self) -> Option<u32> {
        match self {
            Entry::Root | Entry::System(_) => None,
            Entry::Process(pid)
            | Entry::Of(pid, _)
            | Entry::Descriptors(pid)
            | Entry::Descriptor(pid, _) => Some(pid),
        }
    }

    /// Whether it is a directory.
    pub fn is_directory(self) -> bool {
        matches!(
            self,
            Entry::Root | Entry::Process(_) | Entry::Descriptors(_)
        )
    }

    /// Whether it leads to something outside of `/proc`.
    pub fn is_link(self) -> bool {
        matches!(
            self,
            Entry::Of(_, About::Exe | About::Cwd | About::Root) | Entry::Descriptor(..)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        let find = |path: &str| {
            let mut parts = path.split('/').filter(|part| !part.is_empty());
            parts.try_fold(Some(Entry::Root), |at, part| at?.step(part.as_bytes(), 7))
        };
        for (path, entry) in [
            ("", Entry::Root),
            ("self", Entry::Process(7)),
            ("./12/..", Entry::Root),
            ("meminfo", Entry::System(System::Meminfo)),
            ("12/maps", Entry::Of(12, About::Maps)),
            ("self/fd/3", Entry::Descriptor(7, 3)),
            ("self/fd/../exe", Entry::Of(7, About::Exe)),
        ] {
            assert_eq!(find(path), Some(Some(entry)), "{path}");
        }
        assert_eq!(find(".."), Some(None));
        for path in [
            "none",
            "self/none",
            "self/maps/x",
            "-1",
            "self/fd/x",
            "self/maps/.",
        ] {
            assert_eq!(find(path), None, "{path}");
        }
    }
}
