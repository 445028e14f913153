//! The kernel's command line: words `key=value`, see [`pagewalk_guest_abi::option`].

use alloc::vec::Vec;

use pagewalk_guest_abi::{option, record};

use crate::mem::{MIN_FRAMES, Policy};

/// How fork makes a second process from one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForkWay {
    /// Pages are shared until somebody writes.
    CopyOnWrite,
    /// Every page is copied at once.
    Copy,
}

/// What the command line asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Frames for pages of processes and files; without it, all that there are.
    pub frames: Option<u32>,
    /// How victims are chosen.
    pub evict: Policy,
    /// What fork does.
    pub fork: ForkWay,
    /// Most bits of the ASID field to be used.
    pub asid_bits: u32,
    /// Check all invariants when a process ends.
    pub check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            frames: None,
            evict: Policy::Clock,
            fork: ForkWay::CopyOnWrite,
            asid_bits: 16,
            check: false,
        }
    }
}

impl Options {
    /// Reads a command line.
    ///
    /// # Errors
    /// The first word that means nothing.
    pub fn parse(line: &str) -> Result<Options, &str> {
        let mut options = Options::default();
        let mut seed = 0;
        for word in line.split_ascii_whitespace() {
            let (key, value) = word.split_once('=').ok_or(word)?;
            match key {
                option::FRAMES => {
                    let frames = value.parse().ok().filter(|&count| count >= MIN_FRAMES);
                    options.frames = Some(frames.ok_or(word)?);
                }
                option::EVICT => {
                    options.evict = match value {
                        "clock" => Policy::Clock,
                        "fifo" => Policy::Fifo,
                        "random" => Policy::Random(seed),
                        _ => return Err(word),
                    }
                }
                option::FORK => {
                    options.fork = match value {
                        "cow" => ForkWay::CopyOnWrite,
                        "copy" => ForkWay::Copy,
                        _ => return Err(word),
                    }
                }
                option::ASID_BITS => {
                    let bits = value.parse().ok().filter(|&bits| bits <= 16);
                    options.asid_bits = bits.ok_or(word)?;
                }
                option::SEED => seed = value.parse().map_err(|_| word)?,
                // There is no heap yet to keep paths on: see `paths`.
                option::INIT | option::ALSO => {}
                option::CHECK => options.check = value == "1",
                _ => return Err(word),
            }
        }
        if let Policy::Random(_) = options.evict {
            options.evict = Policy::Random(seed);
        }
        Ok(options)
    }
}

/// The paths that a command line names with `key`: [`option::INIT`] or
/// [`option::ALSO`].
pub fn paths<'a>(line: &'a str, key: &str) -> impl Iterator<Item = Vec<u8>> + use<'a> {
    let words = line.split_ascii_whitespace();
    let prefix = alloc::format!("{key}=");
    words.filter_map(move |word| {
        let path = word.strip_prefix(&prefix[..])?;
        Some(record::decode(path.as_bytes()).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_order() {
        let options =
            Options::parse("evict=random frames=64 seed=7 fork=copy asid-bits=0 check=1").unwrap();
        let expected = Options {
            frames: Some(64),
            evict: Policy::Random(7),
            fork: ForkWay::Copy,
            asid_bits: 0,
            check: true,
        };
        assert_eq!(options, expected);
        assert_eq!(Options::parse(" "), Ok(Options::default()));
    }

    #[test]
    fn paths_are_decoded() {
        let line = "init=/bin/a%20b also=/c seed=1 also=/%ff";
        assert!(Options::parse(line).is_ok());
        let all = |key| paths(line, key).collect::<Vec<_>>();
        assert_eq!(all(option::INIT), [b"/bin/a b"]);
        assert_eq!(all(option::ALSO), [b"/c", b"/\xff"]);
    }

    #[test]
    fn what_means_nothing_is_named() {
        for word in [
            "frames",
            "frames=7",
            "frames=x",
            "evict=lru",
            "fork=",
            "asid-bits=17",
            "a=b",
        ] {
            let line = alloc::format!("check=1 {word} seed=1");
            assert_eq!(Options::parse(&line), Err(word));
        }
    }
}
