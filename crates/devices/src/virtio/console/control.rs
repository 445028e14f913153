//! Control messages: how device and driver tell each other of ports (5.3.6.2).

use pagewalk_bus::Ram;

use super::window::Size;
use crate::virtio::ring::Chain;

/// Bytes of a message: port 4, event 2, value 2. Behind them may follow a name.
pub(super) const MESSAGE: usize = 8;

/// The driver knows that there are several ports.
const DEVICE_READY: u16 = 0;
/// The device has a port.
const PORT_ADD: u16 = 1;
/// The driver is ready for a port.
const PORT_READY: u16 = 3;
/// A port is a console: somebody sits at its other end.
const CONSOLE_PORT: u16 = 4;
/// A console has another size: columns and rows follow, 16 bits each.
const RESIZE: u16 = 5;
/// The other end has opened or closed a port, by the value.
const PORT_OPEN: u16 = 6;
/// The name of a port.
const PORT_NAME: u16 = 7;

/// What a driver says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Said {
    /// It can deal with several ports, or cannot.
    DeviceReady(bool),
    /// It is ready for a port, or will never be.
    PortReady { port: u32, is_ready: bool },
    /// It has opened or closed a port.
    PortOpen { port: u32, is_open: bool },
}

/// Why a message means nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum Nonsense {
    #[error("{0} bytes are too short for a message")]
    Length(u32),
    #[error("event {0} is none of a driver")]
    Event(u16),
}

impl Said {
    /// The message in `chain`.
    pub(super) fn parse(ram: &Ram, chain: &Chain) -> Result<Self, Nonsense> {
        let mut message = [0; MESSAGE];
        let read = chain.readable.read(ram, 0, &mut message);
        read.ok_or(Nonsense::Length(chain.readable.len()))?;
        let [p0, p1, p2, p3, e0, e1, v0, v1] = message;
        let port = u32::from_le_bytes([p0, p1, p2, p3]);
        let value = u16::from_le_bytes([v0, v1]) != 0;
        match u16::from_le_bytes([e0, e1]) {
            DEVICE_READY => Ok(Said::DeviceReady(value)),
            PORT_READY => Ok(Said::PortReady {
                port,
                is_ready: value,
            }),
            PORT_OPEN => Ok(Said::PortOpen {
                port,
                is_open: value,
            }),
            other => Err(Nonsense::Event(other)),
        }
    }
}

/// What the device has to say of one port. It says each thing once, however often
/// a driver asks before it listens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ToSay {
    /// That the port is there.
    pub(super) add: bool,
    /// That it is a terminal.
    pub(super) console: bool,
    /// How large that is.
    pub(super) size: bool,
    /// How it is called.
    pub(super) name: bool,
    /// That the host has opened it.
    pub(super) open: bool,
    /// That the host has closed it.
    pub(super) close: bool,
}

impl ToSay {
    /// Whether there is nothing.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The next message about port number `port`, which is called `name` and has this
    /// size.
    pub(super) fn take(&mut self, port: u32, name: &str, size: Size) -> Option<Vec<u8>> {
        let things = [
            (&mut self.add, PORT_ADD, 0),
            (&mut self.console, CONSOLE_PORT, 1),
            (&mut self.size, RESIZE, 0),
            (&mut self.name, PORT_NAME, 1),
            (&mut self.open, PORT_OPEN, 1),
            (&mut self.close, PORT_OPEN, 0),
        ];
        let (thing, event, value) = things.into_iter().find(|(thing, ..)| **thing)?;
        *thing = false;
        let mut message = port.to_le_bytes().to_vec();
        message.extend(u16::to_le_bytes(event));
        message.extend(u16::to_le_bytes(value));
        match event {
            PORT_NAME => message.extend(name.bytes()),
            RESIZE => message.extend(size.into_iter().flat_map(u16::to_le_bytes)),
            _ => {}
        }
        Some(message)
    }
}
