//! Input that has arrived, between the thread that reads it and the machine.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pagewalk_machine::{Input, Waited};

use crate::stop::{Requests, Wake};

/// A queue of bytes with an end, and with what [`pagewalk_machine::Console`]
/// demands: to wait for bytes, and to tell at no cost whether there are new
/// ones.
#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// Something has changed: bytes, the end, room, the stop flag.
    changed: Condvar,
    /// Whether `state.attention` is `News` or `Offered`, for a quick look.
    news: AtomicBool,
    stop: Requests,
}

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    ended: bool,
    /// The reader is taking bytes from where they come from.
    in_transit: bool,
    attention: Attention,
}

/// Whether the machine is to be told when something arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Attention {
    /// No: it has not asked in vain, so what arrives can wait until it asks.
    #[default]
    Quiet,
    /// Yes: when it asked, there was nothing.
    Hungry,
    /// Something has arrived since.
    News,
    /// It has been told, at the end of a wait, and has not asked again: no
    /// device wants what there is.
    Offered,
}

impl Inbox {
    /// Bytes that are kept at most if the source can wait.
    pub(crate) const ROOM: usize = 64 << 10;

    pub(crate) fn new(stop: Requests) -> Self {
        Self {
            state: Mutex::default(),
            changed: Condvar::new(),
            news: AtomicBool::new(false),
            stop,
        }
    }

    // --- the reader's end ----------------------------------------------------

    /// Blocks until there is room. False if nobody will make any.
    pub(crate) fn await_room(&self) -> bool {
        let full = |state: &mut State| state.bytes.len() >= Self::ROOM && !self.stop.is_raised();
        let state = self.changed.wait_while(self.state(), full);
        drop(state.unwrap_or_else(PoisonError::into_inner));
        !self.stop.is_raised()
    }

    /// The next call is to [`Inbox::push`] or [`Inbox::end`], and will come
    /// soon.
    pub(crate) fn announce(&self) {
        self.state().in_transit = true;
    }

    /// Bytes have arrived.
    pub(crate) fn push(&self, bytes: &[u8]) {
        let mut state = self.state();
        state.bytes.extend(bytes);
        state.in_transit = false;
        if !bytes.is_empty() {
            self.arrived(state);
        }
    }

    /// No more bytes will arrive.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.in_transit = false;
        self.arrived(state);
    }

    /// Something else than input has happened that the machine is to look at.
    pub(crate) fn nudge(&self) {
        self.arrived(self.state());
    }

    /// How many bytes nobody has taken.
    pub(crate) fn len(&self) -> usize {
        self.state().bytes.len()
    }

    fn arrived(&self, mut state: MutexGuard<'_, State>) {
        if state.attention == Attention::Hungry {
            self.set(&mut state, Attention::News);
        }
        drop(state);
        self.changed.notify_all();
    }

    // --- the machine's end ---------------------------------------------------

    /// Whether something has arrived since [`Inbox::take`] was last
    /// [`Input::Empty`].
    pub(crate) fn has_news(&self) -> bool {
        self.news.load(Ordering::Relaxed)
    }

    /// Whether the last [`Inbox::take`] was [`Input::Empty`].
    pub(crate) fn was_late(&self) -> bool {
        self.state().attention != Attention::Quiet
    }

    /// Whether [`Inbox::take`] need not wait.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.state();
        !state.bytes.is_empty() || state.ended || state.attention == Attention::Hungry
    }

    /// The next byte. If there is none, and there was one or its end at the
    /// last call, waits for it, until nothing has come for `patience`.
    ///
    /// `is_near` says whether something waits where the reader takes it from:
    /// then it is only the reader that is slow, and patience does not end.
    pub(crate) fn take(&self, patience: Duration, is_near: impl Fn() -> bool) -> Input {
        let mut state = self.state();
        let mut limit = Instant::now() + patience;
        loop {
            if let Some(byte) = state.bytes.pop_front() {
                if state.bytes.len() + 1 == Self::ROOM {
                    self.changed.notify_all();
                }
                self.set(&mut state, Attention::Quiet);
                return Input::Byte(byte);
            }
            if state.ended {
                self.set(&mut state, Attention::Quiet);
                return Input::End;
            }
            if patience.is_zero() || state.attention != Attention::Quiet || self.stop.is_raised() {
                break;
            }
            let left = limit.saturating_duration_since(Instant::now());
            if left.is_zero() {
                if !state.in_transit && !is_near() {
                    break;
                }
                limit = Instant::now() + patience;
                continue;
            }
            state = self.sleep(state, left);
        }
        self.set(&mut state, Attention::Hungry);
        Input::Empty
    }

    /// Blocks as [`pagewalk_machine::Console::wait`] does. News that it has
    /// told of once and that nobody has taken are none.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Waited {
        let mut state = self.state();
        let end = limit.map(|limit| Instant::now() + limit);
        loop {
            match (state.attention, limit) {
                (Attention::News, _) => {
                    self.set(&mut state, Attention::Offered);
                    return Waited::Input;
                }
                (Attention::Quiet | Attention::Offered, None) => return Waited::Never,
                _ => {}
            }
            let left = end.map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() || self.stop.is_raised() {
                return Waited::Over;
            }
            state = self.sleep(state, left);
        }
    }

    fn sleep<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        let woken = self.changed.wait_timeout(state, most);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }

    fn set(&self, state: &mut State, attention: Attention) {
        state.attention = attention;
        let news = matches!(attention, Attention::News | Attention::Offered);
        self.news.store(news, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete when the lock is released, also by a panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait that has no limit looks up now and then.
const LONG: Duration = Duration::from_secs(60);

impl Wake for Inbox {
    fn wake(&self) {
        // Who has looked at the flag and not begun to sleep holds the lock.
        drop(self.state());
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;
    use crate::stop::StopReason;

    const PATIENCE: Duration = Duration::from_millis(20);
    const NOBODY: fn() -> bool = || false;

    fn inbox() -> (Arc<Inbox>, Requests) {
        let stop = Requests::of_nobody();
        let inbox = Arc::new(Inbox::new(stop.clone()));
        stop.wake_on_stop(inbox.clone());
        (inbox, stop)
    }

    /// Does something in a while.
    fn later(act: impl FnOnce() + Send + 'static) {
        thread::spawn(|| {
            thread::sleep(Duration::from_millis(50));
            act();
        });
    }

    #[test]
    fn bytes_come_in_order_and_then_the_end() {
        let (inbox, _) = inbox();
        inbox.push(b"ab");
        inbox.end();
        let all = [(); 4].map(|()| inbox.take(PATIENCE, NOBODY));
        assert_eq!(
            all,
            [Input::Byte(b'a'), Input::Byte(b'b'), Input::End, Input::End]
        );
        assert!(!inbox.has_news());
        assert_eq!(inbox.wait(None), Waited::Never);
    }

    #[test]
    fn who_asks_in_vain_hears_of_what_arrives() {
        let (inbox, _) = inbox();
        inbox.push(b"a");
        assert!(!inbox.has_news(), "nobody has asked");
        assert_eq!(inbox.wait(None), Waited::Never, "nobody has asked");
        assert_eq!(inbox.take(PATIENCE, NOBODY), Input::Byte(b'a'));
        assert_eq!(inbox.take(PATIENCE, NOBODY), Input::Empty);
        assert!(!inbox.has_news());
        inbox.push(b"b");
        assert!(inbox.has_news());
        assert_eq!(inbox.wait(None), Waited::Input);
        assert_eq!(inbox.wait(None), Waited::Never, "it was not wanted");
        assert_eq!(inbox.take(PATIENCE, NOBODY), Input::Byte(b'b'));
        assert!(!inbox.has_news());
    }

    #[test]
    fn the_end_is_news_once() {
        let (inbox, _) = inbox();
        assert_eq!(inbox.take(Duration::ZERO, NOBODY), Input::Empty);
        inbox.end();
        assert_eq!(inbox.wait(None), Waited::Input);
        assert_eq!(inbox.take(Duration::ZERO, NOBODY), Input::End);
        assert_eq!(inbox.wait(None), Waited::Never);
        let limit = Duration::from_millis(1);
        assert_eq!(inbox.wait(Some(limit)), Waited::Over);
    }

    #[test]
    fn patience_ends_and_comes_back_with_bytes() {
        let (inbox, _) = inbox();
        let start = Instant::now();
        assert_eq!(inbox.take(PATIENCE, NOBODY), Input::Empty);
        assert!(start.elapsed() >= PATIENCE);
        // Not again before something has come.
        let long = Duration::from_secs(3600);
        assert_eq!(inbox.take(long, NOBODY), Input::Empty);
        inbox.push(b"a");
        assert_eq!(inbox.take(long, NOBODY), Input::Byte(b'a'));
        let reader = inbox.clone();
        later(move || reader.push(b"b"));
        assert_eq!(inbox.take(long, NOBODY), Input::Byte(b'b'));
    }

    #[test]
    fn a_slow_reader_is_waited_for() {
        let (inbox, _) = inbox();
        let reader = inbox.clone();
        later(move || reader.push(b"a"));
        let short = Duration::from_millis(1);
        assert_eq!(inbox.take(short, || true), Input::Byte(b'a'));
        inbox.announce();
        let reader = inbox.clone();
        later(move || reader.end());
        assert_eq!(inbox.take(short, NOBODY), Input::End);
    }

    #[test]
    fn a_stop_ends_every_wait() {
        let long = Duration::from_secs(3600);
        for wait in [
            (|inbox| assert_eq!(inbox.take(Duration::from_secs(3600), NOBODY), Input::Empty))
                as fn(&Inbox),
            |inbox| {
                inbox.take(Duration::ZERO, NOBODY);
                assert_eq!(inbox.wait(None), Waited::Over);
            },
            |inbox| {
                assert_eq!(inbox.wait(Some(Duration::from_secs(3600))), Waited::Over);
            },
            |inbox| {
                inbox.push(&[0; Inbox::ROOM]);
                assert!(!inbox.await_room());
            },
        ] {
            let (inbox, stop) = inbox();
            later(move || stop.stop(StopReason::Timeout));
            let start = Instant::now();
            wait(&inbox);
            assert!(start.elapsed() < long / 2);
        }
    }

    #[test]
    fn a_source_that_can_wait_waits_for_room() {
        let (inbox, _) = inbox();
        inbox.push(&[7; Inbox::ROOM - 1]);
        assert!(inbox.await_room());
        inbox.push(&[7]);
        let reader = inbox.clone();
        later(move || assert_eq!(reader.take(PATIENCE, NOBODY), Input::Byte(7)));
        assert!(inbox.await_room());
        assert_eq!(inbox.len(), Inbox::ROOM - 1);
    }
}
