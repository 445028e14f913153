//! Types of the tables of a kernel, and where the tables are.
//!
//! They are published as the compiler has laid them out, since a language like Rust
//! does not promise any order.

use std::collections::BTreeSet;
use std::fmt;

use super::NoteProblem;
use super::text::Text;

/// Shapes are not nested more deeply.
const DEEPEST: usize = 6;

/// What is in a place in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A number of so many bytes: 1, 2, 4 or 8.
    Unsigned(u8),
    /// A number that may be missing.
    Optional,
    /// A structure, by its name.
    Structure(String),
    /// The address of something, or zero.
    Pointer(Box<Shape>),
    /// Any number of something.
    List(Box<Shape>),
}

/// As it is published: `[*frame]`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Unsigned(bytes) => write!(f, "u{}", u32::from(*bytes) * 8),
            Shape::Optional => f.write_str("?u32"),
            Shape::Structure(name) => f.write_str(name),
            Shape::Pointer(target) => write!(f, "*{target}"),
            Shape::List(inner) => write!(f, "[{inner}]"),
        }
    }
}

/// A field of a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Where it begins in the structure, in bytes.
    pub offset: u32,
    /// What it is.
    pub shape: Shape,
}

/// A structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u32,
    /// Those of its fields that are published.
    pub fields: Vec<Field>,
}

impl Structure {
    /// A field by name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Where a table begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// Its name.
    pub name: String,
    /// Its virtual address.
    pub address: u64,
    /// What is there.
    pub shape: Shape,
}

/// `u32`, `?u32`, `frame`, `*frame`, `[frame]`, `[*space]` and the like.
fn shape(text: &str, depth: usize) -> Result<Shape, NoteProblem> {
    let bad = || NoteProblem::BadShape(text.to_owned());
    if depth == 0 {
        return Err(bad());
    }
    if let Some(rest) = text.strip_prefix('*') {
        return Ok(Shape::Pointer(Box::new(shape(rest, depth - 1)?)));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let inner = rest.strip_suffix(']').ok_or_else(bad)?;
        return Ok(Shape::List(Box::new(shape(inner, depth - 1)?)));
    }
    match text {
        "u8" => Ok(Shape::Unsigned(1)),
        "u16" => Ok(Shape::Unsigned(2)),
        "u32" => Ok(Shape::Unsigned(4)),
        "u64" => Ok(Shape::Unsigned(8)),
        "?u32" => Ok(Shape::Optional),
        name if !name.is_empty() => Ok(Shape::Structure(name.to_owned())),
        _ => Err(bad()),
    }
}

/// `u32` size, `u32` number of fields, an `u32` offset for each; then texts: the name,
/// and name and shape of each field.
pub(super) fn structure(content: &mut Text<'_>) -> Result<Structure, NoteProblem> {
    let (size, count) = (content.u32()?, content.u32()?);
    let mut offsets = Text(content.bytes(count.checked_mul(4).ok_or(NoteProblem::Truncated)?)?);
    let name = content.text()?.to_owned();
    let mut fields = Vec::new();
    for _ in 0..count {
        fields.push(Field {
            offset: offsets.u32()?,
            name: content.text()?.to_owned(),
            shape: shape(content.text()?, DEEPEST)?,
        });
    }
    Ok(Structure { name, size, fields })
}

/// `u64` address, then texts: the name and the shape.
pub(super) fn root(content: &mut Text<'_>) -> Result<Root, NoteProblem> {
    Ok(Root {
        address: content.u64()?,
        name: content.text()?.to_owned(),
        shape: shape(content.text()?, DEEPEST)?,
    })
}

/// Whether all shapes name structures that there are, once, and all fields begin
/// within their structure.
pub(super) fn check(structures: &[Structure], roots: &[Root]) -> Result<(), NoteProblem> {
    let mut names = BTreeSet::new();
    for structure in structures {
        let is_new = names.insert(structure.name.as_str());
        let is_inside = |field: &Field| field.offset < structure.size;
        if !is_new || !structure.fields.iter().all(is_inside) {
            return Err(NoteProblem::BadStructure(structure.name.clone()));
        }
    }
    let fields = structures.iter().flat_map(|structure| &structure.fields);
    let shapes = fields.map(|field| &field.shape);
    for shape in shapes.chain(roots.iter().map(|root| &root.shape)) {
        let mut shape = shape;
        while let Shape::Pointer(inner) | Shape::List(inner) = shape {
            shape = inner;
        }
        if let Shape::Structure(name) = shape
            && !names.contains(name.as_str())
        {
            return Err(NoteProblem::BadShape(name.clone()));
        }
    }
    Ok(())
}
