//! Reading the tables of a kernel, from outside, while it stands still.
//!
//! ```text
//! notes.root("kernel", memory)?.target()?  the structure behind the pointer
//!     .field("mm")?.field("frames")?       a structure in it
//!     .field("table")?.items()?            a list
//! ```

use pagewalk_guest_abi::probe;

use super::{Field, Notes, Shape, Structure};

/// Reads bytes of a kernel's memory, by virtual address; `None` if nothing is there.
pub type Read<'a> = &'a dyn Fn(u64, &mut [u8]) -> Option<()>;

/// A place in a kernel's memory, and what is there.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    notes: &'a Notes,
    read: Read<'a>,
    shape: &'a Shape,
    address: u64,
}

/// Why tables cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WalkError {
    /// The kernel publishes no such root, structure or field.
    #[error("the kernel does not publish `{0}`")]
    Unpublished(String),
    /// What is there is something else.
    #[error("{wanted} is asked for where the kernel has `{found}`")]
    Shape {
        /// What was asked for.
        wanted: &'static str,
        /// What is there.
        found: Shape,
    },
    /// There is no memory at this virtual address.
    #[error("there is no memory of the kernel at {0:#x}")]
    NoMemory(u64),
}

type Result<T> = std::result::Result<T, WalkError>;

impl Notes {
    fn structure(&self, name: &str) -> Result<&Structure> {
        let mut structures = self.structures.iter();
        let found = structures.find(|structure| structure.name == name);
        found.ok_or_else(|| WalkError::Unpublished(name.to_owned()))
    }

    /// A field of a structure, with how far it is from the structure's beginning.
    fn field(&self, structure: &str, name: &str) -> Result<&Field> {
        let field = self.structure(structure)?.field(name);
        field.ok_or_else(|| WalkError::Unpublished(format!("{structure}.{name}")))
    }

    /// A root, to begin with.
    ///
    /// # Errors
    /// [`WalkError::Unpublished`]
    pub fn root<'a>(&'a self, name: &str, read: Read<'a>) -> Result<Item<'a>> {
        let root = self.roots.iter().find(|root| root.name == name);
        let root = root.ok_or_else(|| WalkError::Unpublished(name.to_owned()))?;
        Ok(Item {
            notes: self,
            read,
            shape: &root.shape,
            address: root.address,
        })
    }

    /// Where a virtual address of the kernel's own is in physical memory.
    #[must_use]
    pub fn physical(&self, address: u64) -> Option<u64> {
        let base = |name: &str| Some(self.roots.iter().find(|root| root.name == name)?.address);
        let (image, map) = (base("kernel_offset")?, base("direct_map")?);
        address
            .checked_sub(image)
            .or_else(|| address.checked_sub(map))
    }

    fn size(&self, shape: &Shape) -> Result<u64> {
        Ok(match shape {
            Shape::Unsigned(bytes) => u64::from(*bytes),
            Shape::Pointer(_) => 8,
            Shape::Optional => self.structure(probe::OPTIONAL)?.size.into(),
            Shape::List(_) => self.structure(probe::LIST)?.size.into(),
            Shape::Structure(name) => self.structure(name)?.size.into(),
        })
    }
}

impl<'a> Item<'a> {
    /// Its virtual address.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.address
    }

    fn at(&self, address: u64, shape: &'a Shape) -> Item<'a> {
        Item {
            address,
            shape,
            ..*self
        }
    }

    fn wrong(&self, wanted: &'static str) -> WalkError {
        WalkError::Shape {
            wanted,
            found: self.shape.clone(),
        }
    }

    fn read(&self, address: u64, bytes: u8) -> Result<u64> {
        let mut value = [0; 8];
        let out = &mut value[..usize::from(bytes)];
        (self.read)(address, out).ok_or(WalkError::NoMemory(address))?;
        Ok(u64::from_le_bytes(value))
    }

    fn read_field(&self, structure: &str, name: &str) -> Result<u64> {
        let field = self.notes.field(structure, name)?;
        let address = self.address.wrapping_add(field.offset.into());
        self.at(address, &field.shape).number()
    }

    /// A field of a structure.
    ///
    /// # Errors
    /// [`WalkError`]; nothing is read.
    pub fn field(&self, name: &str) -> Result<Item<'a>> {
        let Shape::Structure(structure) = self.shape else {
            return Err(self.wrong("a structure"));
        };
        let field = self.notes.field(structure, name)?;
        let address = self.address.wrapping_add(field.offset.into());
        Ok(self.at(address, &field.shape))
    }

    /// A number.
    ///
    /// # Errors
    /// [`WalkError`]
    pub fn number(&self) -> Result<u64> {
        match self.shape {
            Shape::Unsigned(bytes) => self.read(self.address, *bytes),
            _ => Err(self.wrong("a number")),
        }
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// [`WalkError`]
    pub fn optional(&self) -> Result<Option<u64>> {
        if *self.shape != Shape::Optional {
            return Err(self.wrong("a number that may be missing"));
        }
        Ok(match self.read_field(probe::OPTIONAL, "is_some")? {
            0 => None,
            _ => Some(self.read_field(probe::OPTIONAL, "value")?),
        })
    }

    /// What a pointer leads to; `None` if it is null.
    ///
    /// # Errors
    /// [`WalkError`]
    pub fn target(&self) -> Result<Option<Item<'a>>> {
        let Shape::Pointer(target) = self.shape else {
            return Err(self.wrong("a pointer"));
        };
        let address = self.read(self.address, 8)?;
        Ok((address != 0).then(|| self.at(address, target)))
    }

    /// What is in a list, one after the other. The list ends where the kernel's memory
    /// does, whatever the kernel says of its length.
    ///
    /// # Errors
    /// [`WalkError`]
    pub fn items(&self) -> Result<impl Iterator<Item = Item<'a>> + use<'a>> {
        let Shape::List(inner) = self.shape else {
            return Err(self.wrong("a list"));
        };
        let size = self.notes.size(inner)?;
        let start = self.read_field(probe::LIST, "pointer")?;
        let count = self.read_field(probe::LIST, "length")?;
        let list = *self;
        let there = move |address: &u64| size > 0 && list.read(*address, 1).is_ok();
        let addresses = (0..count).map(move |index| start.wrapping_add(index.wrapping_mul(size)));
        Ok(addresses
            .take_while(there)
            .map(move |address| list.at(address, inner)))
    }
}
