//! Log lines that a hostile guest cannot make endless.

/// How many more lines a device may log of one kind. A guest that resets the
/// device does not get new ones.
#[derive(Clone, Debug)]
pub(crate) struct Complaints {
    left: u32,
}

impl Complaints {
    /// Room for the first `lines`.
    pub(crate) fn new(lines: u32) -> Self {
        Self { left: lines }
    }

    /// Says with `log` what happened, if there is room. What `log` gets ends the
    /// line: nothing, or that this one was the last.
    pub(crate) fn say(&mut self, log: impl FnOnce(&'static str)) {
        let Some(left) = self.left.checked_sub(1) else {
            return;
        };
        self.left = left;
        log(if left == 0 {
            " (more are not shown)"
        } else {
            ""
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_says_that_it_is_the_last() {
        let mut complaints = Complaints::new(2);
        let mut lines = Vec::new();
        for _ in 0..5 {
            complaints.say(|end| lines.push(end));
        }
        assert_eq!(lines, ["", " (more are not shown)"]);
    }
}
