# Zacas: compare and swap of words, doublewords and quadwords.

.option arch, +zacas
PROGRAM
ATOMIC_CELL

    TABLE_AMOCAS 1, amocas.w
    .dword 0x3e5737d1a8696c82, 0x3311ca44a8696c82, 0xce8db97f9f9ba7a8, 0xffffffffa8696c82, 0x3e5737d19f9ba7a8
    .dword 0x5415e4fadb63ce49, 0xffffffffdb63ce49, 0x316ec4361316459c, 0xffffffffdb63ce49, 0x5415e4fa1316459c
    .dword 0x36e91a73020fadc9, 0x36e91a73020fadc8, 0x597b75c384776fec, 0x20fadc9, 0x36e91a73020fadc9
    .dword 0x6b0a5f777eb18c72, 0xb1438797f3d7e74c, 0xbc9f530aeff920e6, 0x7eb18c72, 0x6b0a5f777eb18c72
    .dword 0x58d9107d173c1358, 0x58d9107d973c1358, 0x1b3aa895fff3b835, 0x173c1358, 0x58d9107d173c1358
    .dword 0x4cf5f1fa2f518133, 0x96bca34c2f518133, 0xaec6a59dce741a81, 0x2f518133, 0x4cf5f1face741a81
    .dword 0x745fd46c7ecf017d, 0x7ecf017d, 0x58325f0983563a93, 0x7ecf017d, 0x745fd46c83563a93
    .dword 0x13df8142b8298e81, 0x13df8142b8298e80, 0x7d2c70fa43288aca, 0xffffffffb8298e81, 0x13df8142b8298e81
    .dword 0xd7707a621918e893, 0x132f65696daaa401, 0x60203b77cd395ca9, 0x1918e893, 0xd7707a621918e893
    .dword 0xc03648139bfb74a2, 0xc03648131bfb74a2, 0xd1a08d1d3dd32ebe, 0xffffffff9bfb74a2, 0xc03648139bfb74a2
    END

    TABLE_AMOCAS 11, amocas.d
    .dword 0x1791c183bfdad38d, 0x1791c183bfdad38d, 0x36d2cfd2c4a5d60f, 0x1791c183bfdad38d, 0x36d2cfd2c4a5d60f
    .dword 0x91114e67c5ff2886, 0x91114e67c5ff2886, 0x4b4cf5fbf59273c0, 0x91114e67c5ff2886, 0x4b4cf5fbf59273c0
    .dword 0x16ccdf0925c8864d, 0x16ccdf0925c8864c, 0xf89b60a6f62d2226, 0x16ccdf0925c8864d, 0x16ccdf0925c8864d
    .dword 0xa147d40ab35ed874, 0x5ee6bb4595c37fa5, 0x7ecd5b2bad0beab8, 0xa147d40ab35ed874, 0xa147d40ab35ed874
    .dword 0xe8752eceee8ab290, 0x68752eceee8ab290, 0xb589524cae91866c, 0xe8752eceee8ab290, 0xe8752eceee8ab290
    .dword 0x4d855d11a365ac59, 0x4d855d11a365ac59, 0xbac086a9c6abd55d, 0x4d855d11a365ac59, 0xbac086a9c6abd55d
    .dword 0x86ec0620c6129144, 0x86ec0620c6129144, 0xc0e471907fd5f0be, 0x86ec0620c6129144, 0xc0e471907fd5f0be
    .dword 0x869396eca7120d9e, 0x869396eca7120d9f, 0xf1bc7e9eba241098, 0x869396eca7120d9e, 0x869396eca7120d9e
    .dword 0xe72b999cb4a0798d, 0x66b6a43270e46cc, 0x2847f421a5ccc4c8, 0xe72b999cb4a0798d, 0xe72b999cb4a0798d
    .dword 0xe4435ac4e2c6ac36, 0x64435ac4e2c6ac36, 0x7624bae2ba71acf8, 0xe4435ac4e2c6ac36, 0xe4435ac4e2c6ac36
    END
.macro QUAD n, low, high
    CASE \n
    li t0, 0x1111111111111111
    sd t0, 0(a1)
    li t0, 0x2222222222222222
    sd t0, 8(a1)
    li a2, \low
    li a3, \high
    li a4, 0x3333333333333333
    li a5, 0x4444444444444444
    amocas.q a2, a4, (a1)
    CHECK a2, 0x1111111111111111
    CHECK a3, 0x2222222222222222
    ld a2, 0(a1)
    ld a3, 8(a1)
.endm

    la a1, atomic_cell
    QUAD 21, 0x1111111111111111, 0x2222222222222222
    CHECK a2, 0x3333333333333333
    CHECK a3, 0x4444444444444444
    QUAD 22, 0x1111111111111111, 0x2222222222222223
    CHECK a2, 0x1111111111111111
    CHECK a3, 0x2222222222222222
    QUAD 23, 0x9111111111111111, 0x2222222222222222
    CHECK a2, 0x1111111111111111
    CHECK a3, 0x2222222222222222

    CASE 24                     # x0 as a pair is two zeros, and takes no result
    sd zero, 0(a1)
    sd zero, 8(a1)
    amocas.q zero, a4, (a1)
    ld a2, 0(a1)
    CHECK_SAME a2, a4
    ld a2, 8(a1)
    CHECK_SAME a2, a5
    amocas.q a4, zero, (a1)     # equal: memory becomes zero
    ld a2, 0(a1)
    CHECK a2, 0
    ld a2, 8(a1)
    CHECK a2, 0
    CHECK zero, 0

    CASE 25                     # an odd register cannot name a pair
    ILLEGAL 26, .word (5 << 27) | (14 << 20) | (11 << 15) | (4 << 12) | (13 << 7) | 0x2f
    ILLEGAL 27, .word (5 << 27) | (15 << 20) | (11 << 15) | (4 << 12) | (12 << 7) | 0x2f

    # Misaligned, or a failed comparison on memory that may not be written.
    la a1, atomic_cell + 12
    TRAPS_ATOMIC 28, STORE, a1, amocas.d a2, a4, (a1)
    la a1, atomic_cell + 8
    TRAPS_ATOMIC 29, STORE, a1, amocas.q a2, a4, (a1)
    la a1, atomic_cell + 14
    TRAPS_ATOMIC 30, STORE, a1, amocas.w a2, a4, (a1)

    j pass
