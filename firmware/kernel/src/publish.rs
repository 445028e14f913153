//! The layout of tables, for a watcher outside: ELF notes that are never loaded.
//!
//! What stands in them the compiler fills in, offset by offset and type by type, so it
//! cannot be wrong; pagewalk-guest-abi says how. Where the kernel is, [`KERNEL`] says.
#![cfg_attr(
    target_os = "none",
    allow(
        unsafe_code,
        reason = "notes have a section of their own; looks at what a list is made of"
    )
)]

/// `publish!("slot": SlotInfo { refs, frame })`: the layout of a structure, or of those
/// of its fields that a watcher needs. `publish!(tag Kind)`: of an `enum` with
/// `#[repr(u32)]`, which begins with a number that says which variant it is.
macro_rules! publish {
    (tag $type:ty) => {
        #[cfg(target_os = "none")]
        impl $crate::publish::Published for $type {
            const SHAPE: $crate::publish::Text = $crate::publish::Text::of("u32");
        }
    };
    ($name:literal: $type:ty { $($field:tt),* $(,)? }) => {
        #[cfg(target_os = "none")]
        const _: () = {
            use $crate::publish::{Builder, Published, Text, shape_of};
            impl Published for $type {
                const SHAPE: Text = Text::of($name);
            }
            const NOTE: Builder = Builder::structure(
                $name,
                size_of::<$type>(),
                &[$((
                    stringify!($field),
                    core::mem::offset_of!($type, $field),
                    shape_of(|whole: &$type| &whole.$field),
                )),*],
            );
            $crate::publish::note!(NOTE);
        };
    };
}
pub(crate) use publish;

#[cfg(target_os = "none")]
pub(crate) use target::*;

#[cfg(target_os = "none")]
mod target {
    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use core::mem::MaybeUninit;
    use core::sync::atomic::AtomicPtr;

    use pagewalk_guest_abi::probe;

    use crate::arch::layout::{DIRECT_MAP, KERNEL_OFFSET};
    use crate::mem::{Frame, Page, Ppn, Slot, SpaceId};
    use crate::task::{Kernel, Pid, Tid};

    /// Where the kernel's tables are, once there are any.
    pub(crate) static KERNEL: AtomicPtr<Kernel> = AtomicPtr::new(core::ptr::null_mut());

    core::arch::global_asm!(
        ".macro root name, shape, value",
        ".pushsection .note.pagewalk, \"\", @note",
        ".balign 4",
        ".4byte 9, 5f - 4f, {kind}",
        ".asciz \"Pagewalk\"",
        ".balign 4",
        "4: .8byte \\value",
        ".asciz \"\\name\"",
        ".asciz \"\\shape\"",
        "5: .balign 4",
        ".popsection",
        ".endm",
        "root kernel, *kernel, {kernel}",
        "root direct_map, u8, {direct_map}",
        "root kernel_offset, u8, {kernel_offset}",
        ".purgem root",
        kind = const probe::ROOT,
        kernel = sym KERNEL,
        direct_map = const DIRECT_MAP,
        kernel_offset = const KERNEL_OFFSET,
    );

    /// The shape of a type, as text.
    #[derive(Clone, Copy)]
    pub(crate) struct Text {
        bytes: [u8; 32],
        len: usize,
    }

    impl Text {
        pub(crate) const fn of(text: &str) -> Text {
            Text {
                bytes: [0; 32],
                len: 0,
            }
            .and(text.as_bytes())
        }

        const fn and(mut self, more: &[u8]) -> Text {
            let mut index = 0;
            while index < more.len() {
                self.bytes[self.len] = more[index];
                (self.len, index) = (self.len + 1, index + 1);
            }
            self
        }

        const fn as_bytes(&self) -> &[u8] {
            self.bytes.split_at(self.len).0
        }
    }

    /// A type whose layout watchers know.
    pub(crate) trait Published {
        const SHAPE: Text;
    }

    macro_rules! shapes {
        ($($shape:literal: $($type:ty),*;)*) => {
            $($(impl Published for $type {
                const SHAPE: Text = Text::of($shape);
            })*)*
        };
    }
    shapes! {
        "u8": u8, bool;
        "u32": u32, SpaceId, Frame, Slot, Pid, Tid;
        "u64": u64, usize, Page, Ppn;
        "?u32": Option<SpaceId>, Option<Frame>, Option<Slot>, Option<Pid>;
    }

    impl<T: Published> Published for Vec<T> {
        const SHAPE: Text = {
            let (this, that) = (ListLayout::of::<T>(), ListLayout::of::<u8>());
            assert!(this.pointer == that.pointer && this.length == that.length);
            Text::of("[").and(T::SHAPE.as_bytes()).and(b"]")
        };
    }

    /// An address, or null: guaranteed for boxes.
    impl<T: Published> Published for Option<Box<T>> {
        const SHAPE: Text = Text::of("*").and(T::SHAPE.as_bytes());
    }

    /// The shape of a field.
    pub(crate) const fn shape_of<S, F: Published>(_: fn(&S) -> &F) -> Text {
        F::SHAPE
    }

    /// Where a list has its address and its length.
    struct ListLayout {
        pointer: usize,
        length: usize,
    }

    impl ListLayout {
        /// A list of three words is made of 1, 2 and 3, and asked which is which.
        const fn of<T>() -> ListLayout {
            static WORDS: [usize; 3] = [1, 2, 3];
            assert!(size_of::<Vec<T>>() == size_of_val(&WORDS));
            // SAFETY: it is only asked for two of its fields, and never dropped. A list has
            // no other fields.
            let list = unsafe { &*(&raw const WORDS).cast::<Vec<T>>() };
            let (length, capacity) = (list.len(), list.capacity());
            ListLayout {
                pointer: (6 - length - capacity - 1) * size_of::<usize>(),
                length: (length - 1) * size_of::<usize>(),
            }
        }
    }

    /// Where a number that may be missing has its value; its tag is the other half.
    const fn value_of_optional() -> usize {
        // SAFETY: both halves of a number that is there are defined.
        let some = unsafe { core::mem::transmute::<Option<Frame>, [u32; 2]>(Some(Frame(7))) };
        let value = if some[0] == 7 { 0 } else { 1 };
        assert!(some[value] == 7 && some[1 - value] == 1);
        // SAFETY: nothing is said of the halves.
        let none = unsafe { core::mem::transmute::<Option<Frame>, [MaybeUninit<u32>; 2]>(None) };
        // SAFETY: the tag is defined.
        assert!(unsafe { none[1 - value].assume_init() } == 0);
        value * size_of::<u32>()
    }

    /// Bytes of a note.
    pub(crate) struct Builder {
        bytes: [u8; 512],
        pub(crate) len: usize,
    }

    impl Builder {
        const fn put(&mut self, bytes: &[u8]) {
            let mut index = 0;
            while index < bytes.len() {
                self.bytes[self.len] = bytes[index];
                (self.len, index) = (self.len + 1, index + 1);
            }
        }

        const fn put_text(&mut self, text: &[u8]) {
            self.put(text);
            self.put(&[0]);
        }

        const fn put_number(&mut self, number: usize) {
            self.put(&(number as u32).to_le_bytes());
        }

        /// The note for a structure with these fields: names, offsets, shapes.
        pub(crate) const fn structure(
            name: &str,
            size: usize,
            fields: &[(&str, usize, Text)],
        ) -> Builder {
            let mut content = Builder {
                bytes: [0; 512],
                len: 0,
            };
            content.put_number(size);
            content.put_number(fields.len());
            let mut index = 0;
            while index < fields.len() {
                content.put_number(fields[index].1);
                index += 1;
            }
            content.put_text(name.as_bytes());
            index = 0;
            while index < fields.len() {
                content.put_text(fields[index].0.as_bytes());
                content.put_text(fields[index].2.as_bytes());
                index += 1;
            }
            let mut note = Builder {
                bytes: [0; 512],
                len: 0,
            };
            note.put_number(probe::OWNER.len() + 1);
            note.put_number(content.len);
            note.put_number(probe::STRUCTURE as usize);
            note.put_text(probe::OWNER.as_bytes());
            note.len = note.len.next_multiple_of(4);
            note.put(content.bytes.split_at(content.len).0);
            note.len = note.len.next_multiple_of(4);
            note
        }

        /// The first bytes.
        pub(crate) const fn cut<const N: usize>(&self) -> Aligned<N> {
            let mut bytes = [0; N];
            let mut index = 0;
            while index < N {
                bytes[index] = self.bytes[index];
                index += 1;
            }
            Aligned(bytes)
        }
    }

    /// As notes are aligned.
    #[repr(C, align(4))]
    pub(crate) struct Aligned<const N: usize>(pub(crate) [u8; N]);

    /// Puts a note where notes are.
    macro_rules! note {
        ($note:ident) => {
            #[used]
            #[allow(unsafe_code, reason = "notes have a section of their own")]
            #[unsafe(link_section = ".note.pagewalk.layout")]
            static BYTES: $crate::publish::Aligned<{ $note.len }> = $note.cut();
        };
    }
    pub(crate) use note;

    const _: () = {
        const LIST: ListLayout = ListLayout::of::<u8>();
        const NOTE: Builder = Builder::structure(
            probe::LIST,
            size_of::<Vec<u8>>(),
            &[
                ("pointer", LIST.pointer, Text::of("u64")),
                ("length", LIST.length, Text::of("u64")),
            ],
        );
        note!(NOTE);
    };

    const _: () = {
        const VALUE: usize = value_of_optional();
        const NOTE: Builder = Builder::structure(
            probe::OPTIONAL,
            size_of::<Option<Frame>>(),
            &[
                ("is_some", size_of::<u32>() - VALUE, Text::of("u32")),
                ("value", VALUE, Text::of("u32")),
            ],
        );
        note!(NOTE);
    };
}
