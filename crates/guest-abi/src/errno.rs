//! Errors of system calls.

/// Declares the errors: name, number, what it says.
macro_rules! errors {
    ($($name:ident = $number:literal $text:literal;)*) => {
        /// An error of a system call.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        // As wide as an answer, so that a result of the two is handed over in registers.
        #[repr(u64)]
        pub enum Errno {
            $(#[doc = $text] $name = $number,)*
        }

        impl Errno {
            /// All, by number.
            pub const ALL: &[Errno] = &[$(Errno::$name,)*];

            /// The error with a number.
            pub const fn from_number(number: u64) -> Option<Errno> {
                match number {
                    $($number => Some(Errno::$name),)*
                    _ => None,
                }
            }

            /// What programs call it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Errno::$name => stringify!($name),)*
                }
            }

            /// What it means.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Errno::$name => $text,)*
                }
            }
        }
    };
}

#[rustfmt::skip]
errors! {
    EPERM = 1 "operation not permitted";
    ENOENT = 2 "no such file or directory";
    ESRCH = 3 "no such process";
    EINTR = 4 "interrupted by a signal";
    EIO = 5 "input/output error";
    ENXIO = 6 "no such device";
    E2BIG = 7 "too many arguments";
    ENOEXEC = 8 "not an executable that can be run";
    EBADF = 9 "no such open file";
    ECHILD = 10 "no child processes";
    EAGAIN = 11 "try again";
    ENOMEM = 12 "out of memory";
    EACCES = 13 "permission denied";
    EFAULT = 14 "bad address";
    EBUSY = 16 "busy";
    EEXIST = 17 "exists already";
    EXDEV = 18 "not on the same device";
    ENODEV = 19 "no such device";
    ENOTDIR = 20 "not a directory";
    EISDIR = 21 "is a directory";
    EINVAL = 22 "invalid argument";
    ENFILE = 23 "too many open files in the system";
    EMFILE = 24 "too many open files";
    ENOTTY = 25 "not a terminal";
    ETXTBSY = 26 "program is running";
    EFBIG = 27 "file too large";
    ENOSPC = 28 "no space left";
    ESPIPE = 29 "cannot seek";
    EROFS = 30 "read-only file system";
    EPIPE = 32 "nobody reads from the pipe";
    ERANGE = 34 "result too large";
    ENAMETOOLONG = 36 "name too long";
    ENOSYS = 38 "no such system call";
    ENOTEMPTY = 39 "directory not empty";
    ELOOP = 40 "too many symbolic links";
    EOVERFLOW = 75 "value too large";
    EOPNOTSUPP = 95 "not supported";
    ETIMEDOUT = 110 "timed out";
}

impl Errno {
    /// The largest number that is an error.
    pub const MAX: u64 = 4095;

    /// What a system call returns in `a0` for it.
    pub const fn to_return(self) -> u64 {
        (self as u64).wrapping_neg()
    }

    /// What a value in `a0` says: the result of a call, or the number of an error.
    ///
    /// # Errors
    /// The number of the error.
    pub const fn check(value: u64) -> Result<u64, u64> {
        let error = value.wrapping_neg();
        if 0 < error && error <= Self::MAX {
            Err(error)
        } else {
            Ok(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn errors_are_small_negative_numbers() {
        assert_eq!(Errno::check(Errno::EFAULT.to_return()), Err(14));
        assert_eq!(Errno::check(0), Ok(0));
        assert_eq!(Errno::check(u64::MAX << 12), Ok(u64::MAX << 12));
        assert_eq!(Errno::from_number(38), Some(Errno::ENOSYS));
        assert_eq!(Errno::ENOSYS.name(), "ENOSYS");
    }
}
