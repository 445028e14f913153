# Registers of extensions that this machine does not have must trap: no
# hypervisor, vectors, Smepmp, AIA, Smstateen, Smrnmi, Sscofpmf, Zcmt, Zicfiss,
# Zkr, indirect CSRs; the high halves exist on RV32 alone.

# From M-mode, where privilege cannot be the reason.
.macro ABSENT n, number
    ILLEGAL \n, csrr a0, \number
    ILLEGAL \n, csrw \number, zero
.endm

PROGRAM
    # Vectors.
    ABSENT 1, 0x008
    ABSENT 2, 0x009
    ABSENT 3, 0x00f
    ABSENT 4, 0xc20
    ABSENT 5, 0xc22
    # Hypervisor.
    ABSENT 10, 0x200
    ABSENT 11, 0x280
    ABSENT 12, 0x600
    ABSENT 13, 0x602
    ABSENT 14, 0x680
    ABSENT 15, 0xe12
    ABSENT 16, 0x34a
    ABSENT 17, 0x34b
    # Smepmp, Smstateen, Smrnmi, AIA, indirect access, Sscofpmf.
    ABSENT 20, 0x747
    ABSENT 21, 0x30c
    ABSENT 22, 0x10c
    ABSENT 23, 0x744
    ABSENT 24, 0x740
    ABSENT 25, 0x35c
    ABSENT 26, 0xfb0
    ABSENT 27, 0x15c
    ABSENT 28, 0xdb0
    ABSENT 29, 0x350
    ABSENT 30, 0x150
    ABSENT 31, 0xda0
    # Zcmt, Zicfiss, Zkr.
    ABSENT 40, 0x017
    ABSENT 41, 0x011
    ABSENT 42, 0x015
    # RV32 halves, odd PMP configurations.
    ABSENT 50, 0xb80
    ABSENT 51, 0xc80
    ABSENT 52, 0x310
    ABSENT 53, 0x312
    ABSENT 54, 0x31a
    ABSENT 55, 0x3a1
    ABSENT 56, 0x3a3
    ABSENT 57, 0x15d
    # Debug mode's own, and numbers that nothing uses.
    ABSENT 60, 0x7b0
    ABSENT 61, 0x7b1
    ABSENT 62, 0x7c0
    ABSENT 63, 0x800
    ABSENT 64, 0xbff
    ABSENT 65, 0xfff
    ABSENT 66, 0x5c0
    ABSENT 67, 0x003 + 1
    # And from the modes below.
    ILLEGAL_IN MODE_S, 70, csrr a0, 0x600
    ILLEGAL_IN MODE_U, 71, csrr a0, 0x008

    CASE 80                     # misa announces neither
    csrr a0, misa
    li a1, (1 << 7) | (1 << 21) | (1 << 4)
    and a0, a0, a1
    CHECK a0, 0

    j pass
