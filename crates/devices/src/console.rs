//! The host end of a console: where a guest's output goes and its input comes
//! from.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::time::Duration;

/// What a console has for a guest that asks for a byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    /// The next byte.
    Byte(u8),
    /// None at the moment; [`Console::has_input`] tells when there is.
    Empty,
    /// None any more, ever.
    End,
}

/// How a [`Console::wait`] ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Waited {
    /// There is input.
    Input,
    /// The time is over, or the run is to be stopped.
    Over,
    /// No limit was given, and there will never be any input.
    Never,
}

/// Where a guest's output goes and its input comes from.
///
/// Input that is there from the start (a file) is never [`Input::Empty`]:
/// then the guest gets each byte at a time that depends on the guest alone.
pub trait Console: Debug {
    /// Takes bytes that the guest wrote to its console.
    fn write(&mut self, bytes: &[u8]);

    /// Takes the next byte of input. The first call says that the guest wants
    /// input at all.
    fn read(&mut self) -> Input;

    /// Whether bytes have arrived since [`Console::read`] was last
    /// [`Input::Empty`]. Asked often: it takes no time.
    fn has_input(&self) -> bool;

    /// Blocks until there is input, for at most `limit`, or until the run is
    /// to be stopped: for when the guest has nothing else to do. Without a
    /// limit and without hope for input, it returns at once.
    ///
    /// Only input that [`Console::has_input`] tells of counts, and only once:
    /// if nothing has been read since a wait has ended with it, no device
    /// takes it.
    fn wait(&mut self, limit: Option<Duration>) -> Waited;
}

/// A console that several devices share.
#[derive(Clone, Debug)]
pub struct SharedConsole(Rc<RefCell<Box<dyn Console>>>);

impl SharedConsole {
    /// A console to be shared.
    #[must_use]
    pub fn new(console: Box<dyn Console>) -> Self {
        Self(Rc::new(RefCell::new(console)))
    }

    /// Puts another console in its place, for all who share it.
    pub fn replace(&self, console: Box<dyn Console>) {
        *self.0.borrow_mut() = console;
    }
}

impl Console for SharedConsole {
    fn write(&mut self, bytes: &[u8]) {
        self.0.borrow_mut().write(bytes);
    }

    fn read(&mut self) -> Input {
        self.0.borrow_mut().read()
    }

    fn has_input(&self) -> bool {
        self.0.borrow().has_input()
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        self.0.borrow_mut().wait(limit)
    }
}

/// A console that takes everything, shows nothing and has no input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Console for Silent {
    fn write(&mut self, _bytes: &[u8]) {}

    fn read(&mut self) -> Input {
        Input::End
    }

    fn has_input(&self) -> bool {
        false
    }

    fn wait(&mut self, limit: Option<Duration>) -> Waited {
        match limit {
            Some(limit) => {
                std::thread::sleep(limit);
                Waited::Over
            }
            None => Waited::Never,
        }
    }
}
