//! Other sizes and places for what is mapped: mremap.
//!
//! Pages are not copied: their entries move. The area says where they came from, so
//! that those who look for them from the frame find them.

use super::space::check_range;
use super::table::Entry;
use super::{Backing, Error, Kind, Mm, Page, Pages, PhysMemory, Placement, Pte, SpaceId, Vma};

/// Whether a mapping that cannot grow where it is may go elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MayMove {
    /// MREMAP_MAYMOVE.
    Yes,
    /// It stays, or the call fails.
    No,
}

impl<M: PhysMemory> Mm<M> {
    /// Makes `count` pages of `old`, which lies in one area; where they begin.
    ///
    /// # Errors
    /// [`Error::BadRange`]; [`Error::Unmapped`] if `old` is not in one area that can
    /// be moved; [`Error::NoMemory`] if there is no room; [`Error::Locked`] if too
    /// little memory would be left for everybody. Nothing is changed then.
    pub fn resize(
        &mut self,
        space: SpaceId,
        old: Pages,
        count: u64,
        may_move: MayMove,
    ) -> Result<Page, Error> {
        let (old, vma) = self.movable(space, old, count)?;
        let behind = Page(old.start.0 + count);
        if behind <= old.end {
            if behind < old.end {
                self.unmap(space, behind..old.end)?;
            }
            return Ok(old.start);
        }
        let more = old.end..behind;
        let is_free = vma.end == old.end
            && check_range(more.clone()).is_ok()
            && self.space(space).vmas.are_free(&more);
        if is_free {
            self.space_mut(space).vmas.insert(Vma {
                start: more.start,
                end: more.end,
                backing: vma.behind(more.start),
                ..vma
            });
            return Ok(old.start);
        }
        if may_move == MayMove::No {
            return Err(Error::NoMemory);
        }
        let to = self.place(space, count, Placement::Anywhere)?.start;
        self.move_area(space, &old, &vma, count, to)
    }

    /// The same, at `to` in any case; what was there is unmapped.
    ///
    /// # Errors
    /// As [`Mm::resize`]; [`Error::BadRange`] also if the places overlap. What was at
    /// `to` may be gone.
    pub fn move_to(
        &mut self,
        space: SpaceId,
        old: Pages,
        count: u64,
        to: Page,
    ) -> Result<Page, Error> {
        let target = self.place(space, count, Placement::Fixed(to))?;
        if target.start < old.end && old.start < target.end {
            return Err(Error::BadRange);
        }
        let (old, vma) = self.movable(space, old, count)?;
        self.unmap(space, target)?;
        self.check_areas(space)?;
        self.move_area(space, &old, &vma, count, to)
    }

    /// The area of pages that are to become `count`.
    fn movable(&mut self, space: SpaceId, old: Pages, count: u64) -> Result<(Pages, Vma), Error> {
        let old = check_range(old)?;
        self.check_areas(space)?;
        let vma = *self
            .space(space)
            .vmas
            .find(old.start)
            .ok_or(Error::Unmapped)?;
        let is_plain = matches!(vma.kind, Kind::Plain | Kind::Heap);
        if vma.end < old.end || !is_plain || matches!(vma.backing, Backing::Kernel(_)) {
            return Err(Error::Unmapped);
        }
        if let Backing::Object { first, .. } = vma.behind(old.start) {
            first.checked_add(count).ok_or(Error::BadRange)?;
        }
        let more = count.saturating_sub(old.end.0 - old.start.0);
        if vma.locked && more > self.lockable_pages() {
            return Err(Error::Locked);
        }
        Ok((old, vma))
    }

    fn move_area(
        &mut self,
        space: SpaceId,
        old: &Pages,
        vma: &Vma,
        count: u64,
        to: Page,
    ) -> Result<Page, Error> {
        let target = to..Page(to.0 + count);
        let distance = to.0.wrapping_sub(old.start.0);
        let place = |from: Page| Page(from.0.wrapping_add(distance));
        let kept = old.start..old.end.min(Page(old.start.0 + count));
        // First all that can fail: tables.
        let (root, mut walk) = (self.space(space).root, self.walk(space, kept.clone()));
        while let Some(from) = walk.next(&self.mem) {
            if Entry::make(&mut self.mem, space, root, place(from.page)).is_none() {
                self.prune(space, &target);
                return Err(Error::NoMemory);
            }
        }
        self.drop_entries(space, &(kept.end..old.end));
        let mut walk = self.walk(space, kept);
        while let Some(from) = walk.next(&self.mem) {
            let to = self.entry(space, place(from.page));
            let to = to.expect("tables were made before");
            to.write(&mut self.mem, from.pte);
            // The hart may know the old place: flushed.
            self.change_entry(&from, Pte::NONE);
        }
        let vmas = &mut self.space_mut(space).vmas;
        vmas.remove(old);
        vmas.insert(Vma {
            start: target.start,
            end: target.end,
            backing: vma.behind(old.start),
            kind: Kind::Plain,
            moved: vma.moved.wrapping_add(distance),
            ..*vma
        });
        self.prune(space, old);
        Ok(to)
    }
}
