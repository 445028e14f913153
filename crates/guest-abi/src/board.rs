//! What is where on the board that a kernel runs on.

/// The virtio slot of the disk with the root archive: a tar file that is only read.
pub const ROOT_SLOT: usize = 0;
/// The virtio slot of the swap disk, if there is one: it is raw, without a header.
pub const SWAP_SLOT: usize = 1;
/// The virtio slot of the console whose ports are the streams of processes.
pub const STREAMS_SLOT: usize = 2;

/// A port of that console (VIRTIO 1.2, section 5.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Port {
    /// Standard input: from the host to the guest.
    Stdin = 0,
    /// Standard output.
    Stdout = 1,
    /// Standard error.
    Stderr = 2,
}

impl Port {
    /// All of them, by number.
    pub const ALL: [Port; 3] = [Port::Stdin, Port::Stdout, Port::Stderr];

    /// The name by which the device introduces it.
    pub const fn name(self) -> &'static str {
        match self {
            Port::Stdin => "stdin",
            Port::Stdout => "stdout",
            Port::Stderr => "stderr",
        }
    }

    /// The number of its virtqueue from device to driver.
    pub const fn receive_queue(self) -> u16 {
        match self {
            Port::Stdin => 0,
            // The queues for control messages are between those of the first two.
            Port::Stdout => 4,
            Port::Stderr => 6,
        }
    }

    /// The number of its virtqueue from driver to device.
    pub const fn transmit_queue(self) -> u16 {
        self.receive_queue() + 1
    }
}
