//! The initial stack of a process: what `main` gets.
//!
//! Source: RISC-V ELF psABI and Linux' fs/binfmt_elf.c. From the stack pointer up:
//! the number of arguments, pointers to them and a null, pointers to the variables of
//! the environment and a null, the auxiliary vector (pairs of numbers, the last one
//! null); and somewhere above, what they point to.

use alloc::vec::Vec;

use pagewalk_guest_abi::flags::{AT_EXECFN, AT_NULL, AT_RANDOM};

/// The content of a new stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stack {
    /// The stack pointer; a multiple of 16.
    pub pointer: u64,
    /// What is there, from the stack pointer up.
    pub bytes: Vec<u8>,
}

/// Lays out a stack that ends at `top`, a multiple of 16. `auxv` is the auxiliary
/// vector but for the entries that point into the stack and its end.
pub fn build(
    top: u64,
    argv: &[Vec<u8>],
    envp: &[Vec<u8>],
    name: &[u8],
    random: [u8; 16],
    auxv: &[(u64, u64)],
) -> Stack {
    // Everything that is pointed to, from low to high.
    let mut strings = Vec::new();
    let mut put = |bytes: &[u8], end: &[u8]| {
        let offset = strings.len() as u64;
        strings.extend_from_slice(bytes);
        strings.extend_from_slice(end);
        offset
    };
    let argv: Vec<u64> = argv.iter().map(|text| put(text, &[0])).collect();
    let envp: Vec<u64> = envp.iter().map(|text| put(text, &[0])).collect();
    let name = put(name, &[0]);
    let random = put(&random, &[]);
    let base = (top - strings.len() as u64) & !15;

    let mut words = Vec::new();
    words.push(argv.len() as u64);
    for list in [argv, envp] {
        words.extend(list.iter().map(|offset| base + offset));
        words.push(0);
    }
    let pointers = [(AT_EXECFN, base + name), (AT_RANDOM, base + random)];
    for &(key, value) in auxv.iter().chain(&pointers).chain(&[(AT_NULL, 0)]) {
        words.extend([key, value]);
    }
    let pointer = (base - 8 * words.len() as u64) & !15;
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize((base - pointer) as usize, 0);
    bytes.extend(strings);
    Stack { pointer, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_where_pointers_say() {
        for extra in 0..20 {
            let argv = [b"prog".to_vec(), Vec::new(), alloc::vec![b'x'; extra]];
            let envp = [b"A=b".to_vec()];
            let stack = build(0x4000_0000, &argv, &envp, b"/prog", [7; 16], &[(6, 4096)]);
            assert!(stack.pointer.is_multiple_of(16));
            let end = stack.pointer + stack.bytes.len() as u64;
            assert!(end <= 0x4000_0000);
            let word = |index: usize| {
                u64::from_le_bytes(stack.bytes[8 * index..][..8].try_into().unwrap())
            };
            let string = |index: usize| {
                let at = (word(index) - stack.pointer) as usize;
                let len = stack.bytes[at..]
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap();
                stack.bytes[at..][..len].to_vec()
            };
            assert_eq!(word(0), 3);
            assert_eq!([string(1), string(2), string(3)], argv);
            assert_eq!(word(4), 0);
            assert_eq!(string(5), b"A=b");
            assert_eq!(word(6), 0);
            assert_eq!((word(7), word(8)), (6, 4096));
            assert_eq!(word(9), AT_EXECFN);
            assert_eq!(string(10), b"/prog");
            assert_eq!(word(11), AT_RANDOM);
            let random = (word(12) - stack.pointer) as usize;
            assert_eq!(stack.bytes[random..][..16], [7; 16]);
            assert_eq!((word(13), word(14)), (0, 0));
        }
    }
}
