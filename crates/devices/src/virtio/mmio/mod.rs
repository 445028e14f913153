//! The virtio-mmio transport (4.2): registers, status, features, interrupts.
//!
//! Registers take 32-bit accesses only; the configuration space takes all. An
//! offset without a register reads as zero and ignores writes, and so does
//! everything in an empty slot but its identification (DeviceID 0).
//!
//! The modern interface does not insist on VIRTIO_F_VERSION_1, which 6.2
//! leaves to the device: drivers of teaching kernels never look at the upper
//! half of the features, and nothing here depends on it.
//!
//! Left out of what QEMU 10 offers: VIRTIO_F_RING_RESET, and for legacy drivers
//! VIRTIO_F_NOTIFY_ON_EMPTY, a deprecated extra interrupt.

mod queue;
mod spec;
#[cfg(test)]
mod tests;

use pagewalk_bus::{BusFault, Clock, Device, DeviceCx, Instant, Line, Width};

use self::queue::{Setup, set_high, set_low};
use self::spec::{MAGIC, Register, VENDOR, interrupt};
use super::Interface;
use super::function::{Failure, Function, FunctionCx, Queues};
use super::ring::{Ring, RingFeatures};
use super::spec::{feature, status};
use crate::complaints::Complaints;

/// The virtio-mmio transport of one device, or an empty slot for one.
#[derive(Debug)]
pub struct Mmio {
    irq: Line,
    interface: Interface,
    function: Option<Box<dyn Function>>,
    state: State,
    complaints: Complaints,
}

/// Everything that a driver can change.
#[derive(Clone, Debug, Default)]
struct State {
    status: u32,
    interrupt_status: u32,
    device_features_sel: u32,
    driver_features_sel: u32,
    driver_features: u64,
    /// The driver wants features beyond the first 64.
    wants_unknown_features: bool,
    queue_sel: u32,
    setups: Vec<Setup>,
    queues: Queues,
    config_generation: u32,
    /// Legacy. It outlives a reset by the driver: Linux sets it once, before.
    guest_page_size: u32,
}

impl Mmio {
    /// Size of its window in bytes.
    pub const SIZE: u64 = 0x1000;

    /// How many misuses of a slot are logged.
    const COMPLAINTS: u32 = 8;

    /// The transport of `function`, which interrupts with `irq`; `None` for an
    /// empty slot.
    ///
    /// # Panics
    /// If the function has a queue of a size that cannot be.
    #[must_use]
    pub fn new(irq: Line, interface: Interface, function: Option<Box<dyn Function>>) -> Self {
        let sizes = function.iter().flat_map(|function| function.queue_sizes());
        for size in sizes {
            assert!(size.is_power_of_two() && *size <= Ring::MAX_SIZE);
        }
        let mut mmio = Self {
            irq,
            interface,
            function,
            state: State::default(),
            complaints: Complaints::new(Self::COMPLAINTS),
        };
        mmio.reset();
        mmio
    }

    /// What is offered to the driver.
    fn offered(&self) -> u64 {
        let Some(function) = &self.function else {
            return 0;
        };
        let ring = feature::INDIRECT_DESC | feature::EVENT_IDX;
        let transport = match self.interface {
            Interface::Modern => feature::VERSION_1,
            Interface::Legacy => feature::ANY_LAYOUT,
        };
        function.features() | ring | transport
    }

    /// Whether virtqueues are served. Legacy drivers use a device before they
    /// set DRIVER_OK, which they may (3.1.2).
    fn is_live(&self) -> bool {
        let ready = match self.interface {
            Interface::Modern => status::DRIVER_OK | status::FEATURES_OK,
            Interface::Legacy => 0,
        };
        self.state.status & (ready | status::NEEDS_RESET) == ready
    }

    fn complain(&mut self, what: std::fmt::Arguments<'_>) {
        let name = self.function.as_ref().map_or("virtio", |f| f.name());
        self.complaints
            .say(|end| log::warn!(target: "guest", "{name}: {what}{end}"));
    }

    /// Which queue is selected, and what is known of it.
    fn selected(&mut self) -> Option<(u16, &mut Setup)> {
        let queue = u16::try_from(self.state.queue_sel).ok()?;
        let setup = self.state.setups.get_mut(usize::from(queue))?;
        Some((queue, setup))
    }

    fn selected_ring(&self) -> Option<&Ring> {
        let queue = usize::try_from(self.state.queue_sel).ok()?;
        self.state.queues.rings.get(queue)?.as_ref()
    }

    fn read_register(&mut self, register: Register) -> u32 {
        use Register as R;
        let state = &self.state;
        match register {
            R::MagicValue => MAGIC,
            R::Version => match self.interface {
                Interface::Modern => 2,
                Interface::Legacy => 1,
            },
            R::VendorId => VENDOR,
            R::DeviceId => self.function.as_ref().map_or(0, |f| f.device_id()),
            R::DeviceFeatures => match state.device_features_sel {
                0 => self.offered() as u32,
                1 => (self.offered() >> 32) as u32,
                _ => 0,
            },
            R::QueueNumMax => self.selected().map_or(0, |(_, s)| u32::from(s.max)),
            R::QueuePfn => self.selected().map_or(0, |(_, s)| s.pfn),
            R::QueueReady => u32::from(self.selected_ring().is_some()),
            R::InterruptStatus => state.interrupt_status,
            R::Status => state.status,
            R::ConfigGeneration => state.config_generation,
            R::Shm => u32::MAX,
            R::DeviceFeaturesSel
            | R::DriverFeatures
            | R::DriverFeaturesSel
            | R::GuestPageSize
            | R::QueueSel
            | R::QueueNum
            | R::QueueAlign
            | R::QueueNotify
            | R::InterruptAck
            | R::QueueDescLow
            | R::QueueDescHigh
            | R::QueueDriverLow
            | R::QueueDriverHigh
            | R::QueueDeviceLow
            | R::QueueDeviceHigh
            | R::ShmSel => {
                self.complain(format_args!(
                    "{register:?} was read, which can be written only"
                ));
                0
            }
        }
    }

    fn write_register(&mut self, cx: &mut DeviceCx<'_>, register: Register, value: u32) {
        use Register as R;
        let state = &mut self.state;
        match register {
            R::DeviceFeaturesSel => state.device_features_sel = value,
            R::DriverFeaturesSel => state.driver_features_sel = value,
            R::DriverFeatures => self.choose_features(value),
            R::GuestPageSize => state.guest_page_size = value,
            R::QueueSel => state.queue_sel = value,
            R::QueueNum
            | R::QueueAlign
            | R::QueueDescLow
            | R::QueueDescHigh
            | R::QueueDriverLow
            | R::QueueDriverHigh
            | R::QueueDeviceLow
            | R::QueueDeviceHigh => self.set_up_queue(register, value),
            R::QueuePfn => {
                if let Some((_, setup)) = self.selected() {
                    setup.pfn = value;
                    self.stop_queue();
                    self.start_queue(cx, value != 0);
                }
            }
            R::QueueReady if value == 0 => self.stop_queue(),
            R::QueueReady => {
                let is_new = self.selected_ring().is_none();
                self.start_queue(cx, is_new);
            }
            R::QueueNotify => self.notify(cx, value),
            R::InterruptAck => state.interrupt_status &= !value,
            R::Status => self.write_status(cx, value),
            R::ShmSel => {}
            R::MagicValue
            | R::Version
            | R::DeviceId
            | R::VendorId
            | R::DeviceFeatures
            | R::QueueNumMax
            | R::InterruptStatus
            | R::Shm
            | R::ConfigGeneration => {
                self.complain(format_args!(
                    "{register:?} was written, which can be read only"
                ));
            }
        }
    }

    /// 2.2: half of the driver's features.
    fn choose_features(&mut self, value: u32) {
        let state = &mut self.state;
        let is_fixed = state.status & status::FEATURES_OK != 0;
        if self.interface == Interface::Modern && is_fixed {
            self.complain(format_args!("features were written after FEATURES_OK"));
            return;
        }
        match state.driver_features_sel {
            0 => set_low(&mut state.driver_features, value),
            1 => set_high(&mut state.driver_features, value),
            _ => state.wants_unknown_features |= value != 0,
        }
        if self.interface == Interface::Legacy {
            self.state.driver_features &= self.offered();
            self.apply_features();
        }
    }

    /// Whether what the driver has chosen can be had (2.2.2).
    fn accepts_features(&self) -> bool {
        !self.state.wants_unknown_features && self.state.driver_features & !self.offered() == 0
    }

    fn apply_features(&mut self) {
        let features = self.ring_features();
        self.state.queues.set_features(features);
        if let Some(function) = &mut self.function {
            function.set_features(self.state.driver_features);
        }
    }

    fn ring_features(&self) -> RingFeatures {
        let chosen = self.state.driver_features;
        RingFeatures {
            indirect: chosen & feature::INDIRECT_DESC != 0,
            event_index: chosen & feature::EVENT_IDX != 0,
        }
    }

    /// 2.1, 3.1.1. Bits are set, never cleared; 0 resets the device.
    fn write_status(&mut self, cx: &mut DeviceCx<'_>, value: u32) {
        if value == 0 {
            self.reset_by_driver();
            return;
        }
        let mut new = value & status::OF_DRIVER & !self.state.status;
        if self.interface == Interface::Modern && new & status::FEATURES_OK != 0 {
            if self.accepts_features() {
                self.apply_features();
            } else {
                let features = self.state.driver_features;
                self.complain(format_args!("features {features:#x} are not all offered"));
                new &= !status::FEATURES_OK;
            }
        }
        let was_live = self.is_live();
        self.state.status |= new;
        let is_broken = self.state.status & status::NEEDS_RESET != 0;
        if new & status::DRIVER_OK != 0 && is_broken {
            self.state.interrupt_status |= interrupt::CONFIG;
        }
        if !was_live && self.is_live() {
            self.look_at_queues(cx);
        }
    }

    /// Serves what was made available before the device was live.
    fn look_at_queues(&mut self, cx: &mut DeviceCx<'_>) {
        for queue in 0..self.state.queues.rings.len() {
            if self.state.queues.rings[queue].is_some() {
                self.work(cx, |function, cx| function.notify(cx, queue as u16));
            }
        }
    }

    /// A parameter of the selected queue.
    fn set_up_queue(&mut self, register: Register, value: u32) {
        use Register as R;
        if self.interface == Interface::Modern && self.selected_ring().is_some() {
            self.complain(format_args!(
                "{register:?} was written while the queue was ready"
            ));
            return;
        }
        let Some((_, setup)) = self.selected() else {
            self.complain(format_args!(
                "{register:?} was written for a queue that is not there"
            ));
            return;
        };
        match register {
            R::QueueNum => setup.size = value,
            R::QueueAlign => setup.align = value,
            R::QueueDescLow => set_low(&mut setup.descriptors, value),
            R::QueueDescHigh => set_high(&mut setup.descriptors, value),
            R::QueueDriverLow => set_low(&mut setup.available, value),
            R::QueueDriverHigh => set_high(&mut setup.available, value),
            R::QueueDeviceLow => set_low(&mut setup.used, value),
            R::QueueDeviceHigh => set_high(&mut setup.used, value),
            _ => unreachable!("the caller has named all that belong to a queue"),
        }
    }

    /// The selected queue becomes ready, if that is `wanted` and there is one.
    fn start_queue(&mut self, cx: &DeviceCx<'_>, wanted: bool) {
        let (interface, page_size) = (self.interface, self.state.guest_page_size);
        let features = self.ring_features();
        let Some((queue, setup)) = self.selected().filter(|_| wanted) else {
            return;
        };
        let layout = setup.layout(interface, page_size);
        let max = setup.max;
        match layout.and_then(|layout| Ring::new(cx.ram, layout, max)) {
            Ok(mut ring) => {
                ring.set_features(features);
                self.state.queues.rings[usize::from(queue)] = Some(ring);
            }
            Err(error) => {
                self.state.queues.failure = Some(Failure { queue, error });
                self.settle();
            }
        }
    }

    /// The selected queue is the driver's again.
    fn stop_queue(&mut self) {
        let Some((queue, _)) = self.selected() else {
            return;
        };
        let ring = self.state.queues.rings[usize::from(queue)].take();
        if let (Some(function), Some(_)) = (&mut self.function, ring) {
            function.stop_queue(queue);
        }
    }

    fn notify(&mut self, cx: &mut DeviceCx<'_>, queue: u32) {
        let index = u16::try_from(queue).ok();
        let index = index.filter(|&i| usize::from(i) < self.state.queues.rings.len());
        let Some(queue) = index else {
            self.complain(format_args!(
                "queue {queue} was notified, which is not there"
            ));
            return;
        };
        let is_ready = self.state.queues.rings[usize::from(queue)].is_some();
        if is_ready && self.is_live() {
            self.work(cx, |function, cx| function.notify(cx, queue));
        }
    }

    /// Lets the function work, and does what it wants of the transport.
    fn work(
        &mut self,
        cx: &mut DeviceCx<'_>,
        call: impl FnOnce(&mut dyn Function, &mut FunctionCx<'_>),
    ) {
        if let Some(function) = &mut self.function {
            let mut lent = FunctionCx {
                ram: cx.ram,
                now: cx.now,
                queues: &mut self.state.queues,
            };
            call(&mut **function, &mut lent);
            self.settle();
        }
    }

    fn settle(&mut self) {
        let state = &mut self.state;
        if std::mem::take(&mut state.queues.used_interrupt) {
            state.interrupt_status |= interrupt::USED;
        }
        if std::mem::take(&mut state.queues.config_changed) {
            state.config_generation = state.config_generation.wrapping_add(1);
            state.interrupt_status |= interrupt::CONFIG;
        }
        let Some(Failure { queue, error }) = state.queues.failure else {
            return;
        };
        if state.status & status::NEEDS_RESET == 0 {
            state.status |= status::NEEDS_RESET;
            if state.status & status::DRIVER_OK != 0 {
                state.interrupt_status |= interrupt::CONFIG;
            }
            self.complain(format_args!("queue {queue} is broken: {error}"));
        }
    }

    /// 2.4: what the driver's reset does.
    fn reset_by_driver(&mut self) {
        let sizes = self.function.iter().flat_map(|f| f.queue_sizes());
        let setups: Vec<Setup> = sizes.map(|&max| Setup::new(max)).collect();
        self.state = State {
            queues: Queues::new(setups.len()),
            setups,
            config_generation: self.state.config_generation,
            guest_page_size: self.state.guest_page_size,
            ..State::default()
        };
        if let Some(function) = &mut self.function {
            function.reset();
        }
    }

    fn update_line(&self, cx: &mut DeviceCx<'_>) {
        cx.lines.set(self.irq, self.state.interrupt_status != 0);
    }
}

impl Device for Mmio {
    fn name(&self) -> &'static str {
        "virtio-mmio"
    }

    fn read(&mut self, _: &mut DeviceCx<'_>, offset: u64, width: Width) -> Result<u64, BusFault> {
        if let Some(offset) = offset.checked_sub(Register::CONFIG) {
            let mut bytes = [0; 8];
            if let Some(function) = &self.function {
                function.read_config(offset, &mut bytes[..width.bytes() as usize]);
            }
            return Ok(u64::from_le_bytes(bytes));
        }
        if width != Width::B4 {
            return Err(BusFault);
        }
        let Some(register) = Register::at(offset, self.interface) else {
            self.complain(format_args!(
                "offset {offset:#x} was read, where no register is"
            ));
            return Ok(0);
        };
        Ok(u64::from(self.read_register(register)))
    }

    fn write(
        &mut self,
        cx: &mut DeviceCx<'_>,
        offset: u64,
        width: Width,
        value: u64,
    ) -> Result<(), BusFault> {
        if let Some(offset) = offset.checked_sub(Register::CONFIG) {
            if let Some(function) = &mut self.function {
                let bytes = value.to_le_bytes();
                function.write_config(offset, &bytes[..width.bytes() as usize]);
            }
            return Ok(());
        }
        if width != Width::B4 {
            return Err(BusFault);
        }
        if self.function.is_none() {
            return Ok(());
        }
        let Some(register) = Register::at(offset, self.interface) else {
            self.complain(format_args!(
                "offset {offset:#x} was written, where no register is"
            ));
            return Ok(());
        };
        self.write_register(cx, register, value as u32);
        self.update_line(cx);
        Ok(())
    }

    fn deadline(&self, _: &Clock) -> Option<Instant> {
        let function = self.function.as_ref().filter(|_| self.is_live())?;
        function.deadline()
    }

    fn tick(&mut self, cx: &mut DeviceCx<'_>) {
        if self.is_live() {
            self.work(cx, |function, cx| function.tick(cx));
        }
        self.update_line(cx);
    }

    fn reset(&mut self) {
        self.state = State::default();
        self.reset_by_driver();
    }
}
