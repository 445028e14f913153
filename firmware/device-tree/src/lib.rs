//! Reads a flattened device tree in place: how firmware and kernel learn what
//! board they are on.
//!
//! Source: *Devicetree Specification*, version 0.4, chapter 5. The tree is a
//! stream of tokens; a [`Node`] is a place in that stream, and looking for
//! something reads on from there. Nothing is copied, and whatever the bytes
//! are, no read leaves them: a broken tree looks like one that ends early.

#![cfg_attr(not(test), no_std)]

const MAGIC: u32 = 0xd00d_feed;

/// Tokens of the structure block (section 5.4.1).
const BEGIN_NODE: u32 = 1;
const END_NODE: u32 = 2;
const PROP: u32 = 3;
const NOP: u32 = 4;

/// Bytes that are no device tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotATree;

/// A device tree.
#[derive(Clone, Copy, Debug)]
pub struct Tree<'a> {
    structure: &'a [u8],
    strings: &'a [u8],
}

/// How many bytes the tree has whose first eight are `header`: to be known
/// before all of them can be borrowed.
///
/// # Errors
/// [`NotATree`] if it does not begin like one.
pub fn total_size(header: &[u8; 8]) -> Result<usize, NotATree> {
    if word(header, 0) != Some(MAGIC) {
        return Err(NotATree);
    }
    Ok(word(header, 4).ok_or(NotATree)? as usize)
}

/// The big-endian word at `offset`.
fn word(bytes: &[u8], offset: usize) -> Option<u32> {
    let word = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

/// The string at `offset`, which ends with a zero byte.
fn string(bytes: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = bytes.get(offset..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    Some(&rest[..end])
}

/// Whether the string at `offset` is `name`.
fn is_string(bytes: &[u8], offset: usize, name: &[u8]) -> bool {
    let rest = bytes.get(offset..).and_then(|rest| rest.strip_prefix(name));
    rest.is_some_and(|rest| rest.first() == Some(&0))
}

impl<'a> Tree<'a> {
    /// The tree in `bytes`.
    ///
    /// # Errors
    /// [`NotATree`] if its header makes no sense.
    pub fn new(bytes: &'a [u8]) -> Result<Self, NotATree> {
        let field = |index: usize| Some(word(bytes, 4 * index)? as usize);
        let block = |start: usize, size: usize| bytes.get(start..start.checked_add(size)?);
        let parse = || {
            (word(bytes, 0)? == MAGIC).then_some(())?;
            Some(Self {
                structure: block(field(2)?, field(9)?)?,
                strings: block(field(3)?, field(8)?)?,
            })
        };
        parse().ok_or(NotATree)
    }

    /// All nodes, each before its children; the first is the root.
    pub fn nodes(self) -> impl Iterator<Item = Node<'a>> {
        let mut tokens = Tokens {
            tree: self,
            at: 0,
            depth: 0,
        };
        core::iter::from_fn(move || {
            loop {
                if let Token::Begin(node) = tokens.next()? {
                    return Some(node);
                }
            }
        })
    }

    /// The first node that says it is `compatible`.
    pub fn compatible(self, compatible: &str) -> Option<Node<'a>> {
        self.all_compatible(compatible).next()
    }

    /// All nodes that say that they are `compatible`.
    pub fn all_compatible(self, compatible: &str) -> impl Iterator<Item = Node<'a>> {
        self.nodes().filter(move |node| {
            let mut names = node.strings("compatible");
            names.any(|name| name == compatible.as_bytes())
        })
    }

    /// The node below the root that is called `name`, without its address.
    pub fn top(self, name: &str) -> Option<Node<'a>> {
        self.nodes().find(|node| {
            let own = node.name.split(|byte| *byte == b'@').next();
            node.depth == 1 && own == Some(name.as_bytes())
        })
    }
}

/// A node of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    tree: Tree<'a>,
    /// Its name, with the address behind `@`.
    pub name: &'a [u8],
    /// How many nodes it is in: 0 for the root.
    pub depth: usize,
    /// Where its properties begin.
    at: usize,
}

impl<'a> Node<'a> {
    /// The value of a property.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&'a [u8]> {
        let mut tokens = Tokens {
            tree: self.tree,
            at: self.at,
            depth: 0,
        };
        loop {
            match tokens.next()? {
                Token::Property(found, value) => {
                    if is_string(self.tree.strings, found, name.as_bytes()) {
                        return Some(value);
                    }
                }
                // Properties come before children (section 5.4.2).
                Token::Begin(_) | Token::End => return None,
            }
        }
    }

    /// The property as numbers of 32 bits.
    pub fn cells(&self, name: &str) -> impl Iterator<Item = u32> + 'a {
        let cells = self.property(name).unwrap_or_default().chunks_exact(4);
        cells.map(|cell| u32::from_be_bytes([cell[0], cell[1], cell[2], cell[3]]))
    }

    /// The property as one number, of 32 or 64 bits.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        match *self.property(name)? {
            [a, b, c, d] => Some(u32::from_be_bytes([a, b, c, d]).into()),
            [a, b, c, d, e, f, g, h] => Some(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => None,
        }
    }

    /// The property as strings. What is in them need not be text.
    pub fn strings(&self, name: &str) -> impl Iterator<Item = &'a [u8]> + 'a {
        let value = self.property(name).unwrap_or_default();
        value
            .strip_suffix(&[0])
            .into_iter()
            .flat_map(|value| value.split(|byte| *byte == 0))
    }

    /// The address and size of its registers, or of its memory. Both are two
    /// cells on boards of 64 bits.
    #[must_use]
    pub fn reg(&self) -> Option<(u64, u64)> {
        let mut cells = self.cells("reg");
        let mut double = || Some(u64::from(cells.next()?) << 32 | u64::from(cells.next()?));
        Some((double()?, double()?))
    }
}

enum Token<'a> {
    Begin(Node<'a>),
    /// Where its name is in the strings, and its value.
    Property(usize, &'a [u8]),
    End,
}

/// Reads the structure block from token to token.
struct Tokens<'a> {
    tree: Tree<'a>,
    at: usize,
    depth: usize,
}

impl<'a> Tokens<'a> {
    fn word(&mut self) -> Option<u32> {
        let word = word(self.tree.structure, self.at)?;
        self.at += 4;
        Some(word)
    }

    /// Takes `size` bytes and what pads them to a whole token.
    fn skip(&mut self, size: usize) -> Option<()> {
        self.at = self.at.checked_add(size)?.checked_next_multiple_of(4)?;
        Some(())
    }

    /// The next token. `None` at the end, or where it makes no sense.
    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            match self.word()? {
                BEGIN_NODE => {
                    let name = string(self.tree.structure, self.at)?;
                    self.skip(name.len() + 1)?;
                    let node = Node {
                        tree: self.tree,
                        name,
                        depth: self.depth,
                        at: self.at,
                    };
                    self.depth += 1;
                    return Some(Token::Begin(node));
                }
                END_NODE => {
                    self.depth = self.depth.saturating_sub(1);
                    return Some(Token::End);
                }
                PROP => {
                    let size = self.word()? as usize;
                    let name = self.word()? as usize;
                    let end = self.at.checked_add(size)?;
                    let value = self.tree.structure.get(self.at..end)?;
                    self.skip(size)?;
                    return Some(Token::Property(name, value));
                }
                NOP => {}
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{ a = <1>; soc { uart@10 { compatible = "x", "y"; reg = <0 16 0 4>; }; }; cpus { n = <2 3>; }; }`
    fn tree() -> Vec<u8> {
        let mut structure = Vec::new();
        let mut strings = Vec::new();
        let word = |out: &mut Vec<u8>, value: u32| out.extend(value.to_be_bytes());
        let begin = |out: &mut Vec<u8>, name: &str| {
            out.extend(BEGIN_NODE.to_be_bytes());
            out.extend(name.bytes().chain([0]));
            out.resize(out.len().next_multiple_of(4), 0);
        };
        let mut property = |out: &mut Vec<u8>, name: &str, value: &[u8]| {
            for field in [PROP, value.len() as u32, strings.len() as u32] {
                out.extend(field.to_be_bytes());
            }
            strings.extend(name.bytes().chain([0]));
            out.extend(value);
            out.resize(out.len().next_multiple_of(4), 0);
        };
        begin(&mut structure, "");
        property(&mut structure, "a", &[0, 0, 0, 1]);
        word(&mut structure, NOP);
        begin(&mut structure, "soc");
        begin(&mut structure, "uart@10");
        property(&mut structure, "compatible", b"x\0y\0");
        property(
            &mut structure,
            "reg",
            &[0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 4],
        );
        word(&mut structure, END_NODE);
        word(&mut structure, END_NODE);
        begin(&mut structure, "cpus");
        property(&mut structure, "n", &[0, 0, 0, 2, 0, 0, 0, 3]);
        word(&mut structure, END_NODE);
        word(&mut structure, END_NODE);
        word(&mut structure, 9);
        let (size, names) = (structure.len() as u32, strings.len() as u32);
        let fields = [
            MAGIC,
            40 + size + names,
            40,
            40 + size,
            0,
            17,
            16,
            0,
            names,
            size,
        ];
        let header = fields.into_iter().flat_map(u32::to_be_bytes);
        header.chain(structure).chain(strings).collect()
    }

    #[test]
    fn nodes_and_properties_are_found() {
        let bytes = tree();
        assert_eq!(total_size(bytes[..8].try_into().unwrap()), Ok(bytes.len()));
        let tree = Tree::new(&bytes).unwrap();
        let names: Vec<_> = tree.nodes().map(|node| (node.depth, node.name)).collect();
        assert_eq!(
            names,
            [(0, &b""[..]), (1, b"soc"), (2, b"uart@10"), (1, b"cpus")]
        );
        let uart = tree.compatible("y").unwrap();
        assert_eq!((uart.name, uart.reg()), (&b"uart@10"[..], Some((16, 4))));
        assert_eq!(uart.property("n"), None, "of another node");
        assert!(tree.compatible("z").is_none());
        assert_eq!(tree.top("cpus").unwrap().number("n"), Some(2 << 32 | 3));
        assert_eq!(tree.nodes().next().unwrap().number("a"), Some(1));
        let strings: Vec<_> = uart.strings("compatible").collect();
        assert_eq!(strings, [b"x", b"y"]);
        assert_eq!(uart.strings("absent").count(), 0);
    }

    #[test]
    fn no_damage_makes_it_panic() {
        let good = tree();
        let look = |bytes: &[u8]| {
            let Ok(tree) = Tree::new(bytes) else { return };
            for node in tree.nodes() {
                let _ = (
                    node.reg(),
                    node.number("n"),
                    node.strings("compatible").count(),
                );
            }
        };
        for cut in 0..good.len() {
            look(&good[..cut]);
        }
        for place in 0..good.len() {
            for value in [0, 1, 2, 3, 4, 0x7f, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[place] = value;
                look(&bytes);
            }
        }
    }
}
