//! From one file to another, without the process in between.

use alloc::vec;

use pagewalk_guest_abi::Errno;

use super::open::{PIECE, open_file};
use super::read::read_piece;
use super::write::{From, Where, write_to};
use crate::task::{Answer, Cx, File, Open};

/// One side of a copy: an open file, and where an offset stands that is used instead of
/// its own.
struct Side<'a> {
    open: &'a Open,
    pointer: u64,
    offset: u64,
}

impl Side<'_> {
    async fn new<'a>(cx: &Cx, open: &'a Open, pointer: u64) -> Result<Side<'a>, Errno> {
        let offset = if pointer == 0 {
            open.offset.get()
        } else {
            cx.read_words::<1>(pointer).await?[0]
        };
        if (offset as i64) < 0 {
            return Err(Errno::EINVAL);
        }
        Ok(Side {
            open,
            pointer,
            offset,
        })
    }

    /// So much has been copied.
    async fn moved(&self, cx: &Cx, count: u64) -> Result<(), Errno> {
        let offset = self.offset + count;
        if self.pointer == 0 {
            self.open.offset.set(offset);
            return Ok(());
        }
        cx.copy_out(&offset.to_le_bytes(), self.pointer).await
    }
}

/// `sendfile`.
pub(super) async fn sendfile(cx: &Cx, to: u64, from: u64, offset: u64, len: u64) -> Answer {
    let (to, from) = (open_file(cx, to)?, open_file(cx, from)?);
    let from = Side::new(cx, &from, offset).await?;
    let count = copy(cx, &from, &to, None, len).await?;
    from.moved(cx, count).await?;
    Ok(count)
}

/// `copy_file_range`.
pub(super) async fn copy_file_range(
    cx: &Cx,
    [from, from_offset, to, to_offset, len, flags]: super::Args,
) -> Answer {
    let (from, to) = (open_file(cx, from)?, open_file(cx, to)?);
    let File::Node(_) = to.file else {
        return Err(Errno::EINVAL);
    };
    if flags != 0 {
        return Err(Errno::EINVAL);
    }
    let from = Side::new(cx, &from, from_offset).await?;
    let to = Side::new(cx, &to, to_offset).await?;
    let count = copy(cx, &from, to.open, Some(to.offset), len).await?;
    from.moved(cx, count).await?;
    to.moved(cx, count).await?;
    Ok(count)
}

async fn copy(cx: &Cx, from: &Side<'_>, to: &Open, at: Option<u64>, len: u64) -> Answer {
    let File::Node(node) = &from.open.file else {
        return Err(Errno::EINVAL);
    };
    if !from.open.can_read() || !to.can_write() {
        return Err(Errno::EBADF);
    }
    let (mut done, mut bytes) = (0, vec![0; len.min(PIECE as u64) as usize]);
    while done < len {
        let piece = &mut bytes[..(len - done).min(PIECE as u64) as usize];
        let count = match read_piece(cx, node.id(), from.offset + done, piece).await {
            Ok(count) => count,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        };
        let place = at.map_or(Where::Here, |at| Where::At(at + done));
        let source = From::Kernel(&piece[..count]);
        match write_to(cx, to, place, source, count as u64).await {
            Ok(written) => done += written,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
        if count == 0 {
            break;
        }
    }
    Ok(done)
}
