//! The address map: RAM, devices, and nothing.

use crate::{
    BusFault, Clock, Device, DeviceCx, Instant, Lines, PhysAddr, PowerRequest, Ram, Width,
};

/// A device cannot be mapped where it was asked to be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cannot map {name} at {base}, {size:#x} bytes: the place is taken by {other}")]
pub struct MapError {
    /// The device.
    pub name: &'static str,
    /// Where it should begin.
    pub base: PhysAddr,
    /// How many bytes its window has.
    pub size: u64,
    /// Who is there already.
    pub other: &'static str,
}

#[derive(Debug)]
struct Window {
    base: u64,
    size: u64,
    device: Box<dyn Device>,
    /// It turns levels of lines into levels of other lines.
    is_controller: bool,
}

/// Everything that a physical address can reach.
#[derive(Debug)]
pub struct Bus {
    /// Guest memory.
    pub ram: Ram,
    /// The interrupt lines.
    pub lines: Lines,
    /// The board's timer.
    pub clock: Clock,
    /// A device's wish to stop the machine, until the machine takes it.
    pub power: Option<PowerRequest>,
    windows: Vec<Window>,
    /// The earliest deadline, while nothing has happened that could change it.
    deadline: Option<Option<Instant>>,
    /// See [`Bus::take_device_writes`].
    device_writes: bool,
}

impl Bus {
    /// A bus with memory and no devices.
    #[must_use]
    pub fn new(ram: Ram, lines: Lines) -> Self {
        Self {
            ram,
            lines,
            clock: Clock::default(),
            power: None,
            windows: Vec::new(),
            deadline: None,
            device_writes: false,
        }
    }

    /// Puts `device` at `base`.
    ///
    /// # Errors
    /// [`MapError`] if another device or RAM is there.
    pub fn map(
        &mut self,
        base: PhysAddr,
        size: u64,
        device: Box<dyn Device>,
    ) -> Result<(), MapError> {
        self.put(base, size, device, false)
    }

    /// Puts an interrupt controller at `base`: a device that is ticked
    /// whenever the level of a line has changed, before anybody else sees it.
    ///
    /// # Errors
    /// As [`Bus::map`].
    pub fn map_controller(
        &mut self,
        base: PhysAddr,
        size: u64,
        device: Box<dyn Device>,
    ) -> Result<(), MapError> {
        self.put(base, size, device, true)
    }

    fn put(
        &mut self,
        base: PhysAddr,
        size: u64,
        device: Box<dyn Device>,
        is_controller: bool,
    ) -> Result<(), MapError> {
        let name = device.name();
        let taken = |other| MapError {
            name,
            base,
            size,
            other,
        };
        let overlaps = |start: u64, len: u64| {
            base.0 < start.saturating_add(len) && start < base.0.saturating_add(size)
        };
        if overlaps(self.ram.base().0, self.ram.size()) {
            return Err(taken("RAM"));
        }
        if let Some(other) = self.windows.iter().find(|w| overlaps(w.base, w.size)) {
            return Err(taken(other.device.name()));
        }
        self.windows.push(Window {
            base: base.0,
            size,
            device,
            is_controller,
        });
        self.deadline = None;
        self.windows.sort_by_key(|w| w.base);
        Ok(())
    }

    /// The name of what answers at `pa`: a device, `RAM`, or `None`.
    #[must_use]
    pub fn name_at(&self, pa: PhysAddr) -> Option<&'static str> {
        if self.ram.contains(pa, 1) {
            return Some("RAM");
        }
        let window = self.window_at(pa, 1)?;
        Some(self.windows[window].device.name())
    }

    fn window_at(&self, pa: PhysAddr, len: u64) -> Option<usize> {
        let after = self.windows.partition_point(|w| w.base <= pa.0);
        let index = after.checked_sub(1)?;
        let offset = pa.0 - self.windows[index].base;
        (offset < self.windows[index].size && len <= self.windows[index].size - offset)
            .then_some(index)
    }

    /// Whether a device is mapped at all `len` bytes at `pa`.
    #[must_use]
    pub fn is_device(&self, pa: PhysAddr, len: u64) -> bool {
        self.window_at(pa, len).is_some()
    }

    /// Reads from the device at `pa`, a naturally aligned address.
    ///
    /// # Errors
    /// [`BusFault`] if there is no device, the address is misaligned, or the
    /// device refuses.
    pub fn read_device(
        &mut self,
        pa: PhysAddr,
        width: Width,
        now: Instant,
    ) -> Result<u64, BusFault> {
        self.with_device(pa, width, now, |device, cx, offset| {
            Ok(device.read(cx, offset, width)? & width.mask())
        })
    }

    /// Writes to the device at `pa`, a naturally aligned address.
    ///
    /// # Errors
    /// As [`Bus::read_device`].
    pub fn write_device(
        &mut self,
        pa: PhysAddr,
        width: Width,
        value: u64,
        now: Instant,
    ) -> Result<(), BusFault> {
        self.with_device(pa, width, now, |device, cx, offset| {
            device.write(cx, offset, width, value & width.mask())
        })
    }

    fn with_device<T>(
        &mut self,
        pa: PhysAddr,
        width: Width,
        now: Instant,
        access: impl FnOnce(&mut dyn Device, &mut DeviceCx<'_>, u64) -> Result<T, BusFault>,
    ) -> Result<T, BusFault> {
        if !pa.0.is_multiple_of(width.bytes()) {
            return Err(BusFault);
        }
        let index = self.window_at(pa, width.bytes()).ok_or(BusFault)?;
        let offset = pa.0 - self.windows[index].base;
        let result = self.lend(index, now, |device, cx| access(device, cx, offset));
        self.settle(now);
        result
    }

    /// Lets the device of a window work.
    fn lend<T>(
        &mut self,
        index: usize,
        now: Instant,
        work: impl FnOnce(&mut dyn Device, &mut DeviceCx<'_>) -> T,
    ) -> T {
        let writes = self.ram.writes();
        let mut cx = DeviceCx {
            ram: &mut self.ram,
            lines: &mut self.lines,
            now,
            clock: &mut self.clock,
            power: &mut self.power,
        };
        let result = work(&mut *self.windows[index].device, &mut cx);
        self.deadline = None;
        self.device_writes |= writes != self.ram.writes();
        result
    }

    /// Lets controllers act on changed levels. What they change themselves is
    /// nothing that a controller listens to.
    fn settle(&mut self, now: Instant) {
        if !self.lines.take_changed() {
            return;
        }
        for index in 0..self.windows.len() {
            if self.windows[index].is_controller {
                self.lend(index, now, |device, cx| device.tick(cx));
            }
        }
        self.lines.take_changed();
    }

    /// Whether a device has written to RAM since the last call.
    pub fn take_device_writes(&mut self) -> bool {
        std::mem::take(&mut self.device_writes)
    }

    /// The earliest deadline of any device.
    #[inline]
    pub fn deadline(&mut self) -> Option<Instant> {
        match self.deadline {
            Some(known) => known,
            None => self.find_deadline(),
        }
    }

    fn find_deadline(&mut self) -> Option<Instant> {
        let deadlines = self.windows.iter();
        let first = deadlines
            .filter_map(|w| w.device.deadline(&self.clock))
            .min();
        self.deadline = Some(first);
        first
    }

    /// Puts all devices, lines and the timer to their state after reset.
    pub fn reset_devices(&mut self) {
        for window in &mut self.windows {
            window.device.reset();
        }
        self.lines.clear();
        self.clock = Clock::default();
        self.power = None;
        self.deadline = None;
        self.device_writes = false;
    }

    /// Lets each device whose deadline has come do its work.
    #[inline]
    pub fn tick(&mut self, now: Instant) {
        if self.deadline().is_some_and(|due| due <= now) {
            self.tick_where(now, |device, clock| {
                device.deadline(clock).is_some_and(|due| due <= now)
            });
        }
    }

    /// Lets every device look at what the host has for it, and at the time.
    pub fn refresh(&mut self, now: Instant) {
        self.tick_where(now, |_, _| true);
    }

    fn tick_where(&mut self, now: Instant, wanted: impl Fn(&dyn Device, &Clock) -> bool) {
        for index in 0..self.windows.len() {
            if wanted(&*self.windows[index].device, &self.clock) {
                self.lend(index, now, |device, cx| device.tick(cx));
            }
        }
        self.settle(now);
    }
}
