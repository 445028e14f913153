//! Terminals: the requests of ioctl(2), and `struct termios` (see termios(3)).
#![allow(missing_docs, reason = "the names are Linux's")]

use crate::flags::flags;

// Requests; those with a 2 have speeds besides.
flags! { u32:
    TCGETS = 0x5401;
    TCSETS = 0x5402;
    TCSETSW = 0x5403;
    TCSETSF = 0x5404;
    TCSBRK = 0x5409;
    TCXONC = 0x540a;
    TCFLSH = 0x540b;
    TIOCSCTTY = 0x540e;
    TIOCGPGRP = 0x540f;
    TIOCSPGRP = 0x5410;
    TIOCGWINSZ = 0x5413;
    TIOCSWINSZ = 0x5414;
    FIONREAD = 0x541b;
    TIOCNOTTY = 0x5422;
    TCSBRKP = 0x5425;
    TIOCGSID = 0x5429;
    TCGETS2 = 0x802c_542a;
    TCSETS2 = 0x402c_542b;
    TCSETSW2 = 0x402c_542c;
    TCSETSF2 = 0x402c_542d;
}

// What TCFLSH forgets.
flags! { u64:
    TCIFLUSH = 0;
    TCOFLUSH = 1;
    TCIOFLUSH = 2;
}

/// Bytes of `struct termios`, and of `struct termios2`.
pub const TERMIOS_SIZE: usize = 36;
pub const TERMIOS2_SIZE: usize = 44;

// c_iflag
flags! { u32:
    INLCR = 0o100;
    IGNCR = 0o200;
    ICRNL = 0o400;
    IUTF8 = 0o4_0000;
}

// c_oflag
flags! { u32:
    OPOST = 1;
    ONLCR = 4;
}

// c_cflag
flags! { u32:
    B38400 = 0o17;
    CS8 = 0o60;
    CREAD = 0o200;
}

// c_lflag
flags! { u32:
    ISIG = 1;
    ICANON = 2;
    ECHO = 0o10;
    ECHOE = 0o20;
    ECHOK = 0o40;
    ECHONL = 0o100;
    NOFLSH = 0o200;
    ECHOCTL = 0o1000;
    ECHOKE = 0o4000;
    IEXTEN = 0o10_0000;
}

/// Special characters: how many there are, then the index in `c_cc` of each.
pub const NCCS: usize = 19;
flags! { usize:
    VINTR = 0;
    VQUIT = 1;
    VERASE = 2;
    VKILL = 3;
    VEOF = 4;
    VTIME = 5;
    VMIN = 6;
    VSUSP = 10;
    VEOL = 11;
    VREPRINT = 12;
    VWERASE = 14;
    VLNEXT = 15;
    VEOL2 = 16;
}
