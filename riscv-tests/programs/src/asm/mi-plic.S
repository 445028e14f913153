# The interrupt controller: priorities, thresholds, enables, claim and
# completion, with the UART and the real-time clock of the board as sources.
# (RISC-V Platform-Level Interrupt Controller Specification 1.0.0.)

.set PLIC_PRIORITY, 0x0c000000
.set PLIC_PENDING, 0x0c001000
.set PLIC_ENABLE_M, 0x0c002000          # context 0: M-mode of hart 0
.set PLIC_ENABLE_S, 0x0c002080          # context 1: S-mode of hart 0
.set PLIC_THRESHOLD_M, 0x0c200000
.set PLIC_CLAIM_M, 0x0c200004
.set PLIC_CLAIM_S, 0x0c201004

.set UART, 10                           # its source
.set UART_IER, 0x10000001
.set IER_THR_EMPTY, 2                   # and empty it is, all the time
.set RTC, 11
.set RTC_TIME_LOW, 0x00101000
.set RTC_TIME_HIGH, 0x00101004
.set RTC_ALARM_LOW, 0x00101008
.set RTC_ALARM_HIGH, 0x0010100c
.set RTC_IRQ_ENABLED, 0x00101010
.set RTC_CLEAR_INTERRUPT, 0x0010101c

.set MEIP, 1 << 11
.set SEIP, 1 << 9

.macro SET address, value
    li t0, \address
    li t1, \value
    sw t1, 0(t0)
.endm

.macro PRIORITIES uart, rtc
    SET PLIC_PRIORITY + 4 * UART, \uart
    SET PLIC_PRIORITY + 4 * RTC, \rtc
.endm

# The lines of the sources: 1 is high.
.macro SET_UART level
    li t0, UART_IER
    li t1, \level * IER_THR_EMPTY
    sb t1, 0(t0)
.endm

# High by an alarm for a time that has passed.
.macro RAISE_RTC
    SET RTC_ALARM_HIGH, 0
    SET RTC_ALARM_LOW, 1
.endm

.macro LOWER_RTC
    SET RTC_CLEAR_INTERRUPT, 1
.endm

# A claim must find \source.
.macro CLAIMS address, source
    li t0, \address
    lw a0, 0(t0)
    CHECK a0, \source
.endm

# The external interrupts in mip must be \bits.
.macro RAISED bits
    csrr a0, mip
    li t0, MEIP | SEIP
    and a0, a0, t0
    CHECK a0, \bits
.endm

# The pending bits must be those of the given sources.
.macro PENDING bits
    li t0, PLIC_PENDING
    lw a0, 0(t0)
    CHECK a0, \bits
.endm

# Enables interrupts; the trap must be interrupt \cause.
.macro TAKEN cause
    la s11, 9042f
    csrsi mstatus, MSTATUS_MIE
    nop
    j fail
9042:
    li t6, (1 << 63) | \cause
    beq s8, t6, 9043f
    j fail
9043:
.endm

PROGRAM
    SET PLIC_ENABLE_M, 0
    SET PLIC_ENABLE_S, 0
    SET PLIC_THRESHOLD_M, 0
    SET RTC_IRQ_ENABLED, 1
    LOWER_RTC
    SET_UART 0

    CASE 1                      # nothing to claim
    SET PLIC_ENABLE_M, (1 << UART) | (1 << RTC)
    CLAIMS PLIC_CLAIM_M, 0
    RAISED 0

    CASE 2                      # priority 0: pending, and never an interrupt
    PRIORITIES 0, 0
    SET_UART 1
    PENDING 1 << UART
    RAISED 0
    CASE 3
    CLAIMS PLIC_CLAIM_M, 0
    CASE 4                      # a priority, and it is one
    PRIORITIES 1, 1
    RAISED MEIP
    CASE 5                      # a claim takes it, although the line is high
    CLAIMS PLIC_CLAIM_M, UART
    RAISED 0
    CASE 6
    PENDING 0
    CASE 7
    CLAIMS PLIC_CLAIM_M, 0
    CASE 8                      # completed: the line is still high
    SET PLIC_CLAIM_M, UART
    PENDING 1 << UART
    RAISED MEIP
    CASE 9                      # completed when the line is low
    CLAIMS PLIC_CLAIM_M, UART
    SET_UART 0
    SET PLIC_CLAIM_M, UART
    PENDING 0
    RAISED 0
    CASE 10                     # a request outlives the level that made it
    SET_UART 1
    SET_UART 0
    RAISED MEIP
    CLAIMS PLIC_CLAIM_M, UART
    SET PLIC_CLAIM_M, UART
    PENDING 0

    CASE 11                     # the higher priority first
    PRIORITIES 2, 5
    SET_UART 1
    RAISE_RTC
    PENDING (1 << UART) | (1 << RTC)
    CLAIMS PLIC_CLAIM_M, RTC
    RAISED MEIP
    CLAIMS PLIC_CLAIM_M, UART
    RAISED 0
    CASE 12                     # completion in any order
    SET_UART 0
    LOWER_RTC
    SET PLIC_CLAIM_M, RTC
    SET PLIC_CLAIM_M, UART
    PENDING 0
    CASE 13                     # of equal priorities the lower number
    PRIORITIES 3, 3
    RAISE_RTC
    SET_UART 1
    CLAIMS PLIC_CLAIM_M, UART
    CLAIMS PLIC_CLAIM_M, RTC
    SET_UART 0
    LOWER_RTC
    SET PLIC_CLAIM_M, UART
    SET PLIC_CLAIM_M, RTC

    CASE 14                     # the threshold itself is not above it
    PRIORITIES 4, 1
    SET PLIC_THRESHOLD_M, 4
    SET_UART 1
    RAISED 0
    CASE 15
    SET PLIC_THRESHOLD_M, 3
    RAISED MEIP
    CASE 16                     # a priority that rises
    PRIORITIES 3, 1
    RAISED 0
    PRIORITIES 7, 1
    RAISED MEIP
    SET PLIC_THRESHOLD_M, 0

    CASE 17                     # each context has enables of its own
    SET PLIC_ENABLE_M, 1 << RTC
    RAISED 0
    SET PLIC_ENABLE_S, 1 << UART
    RAISED SEIP
    CLAIMS PLIC_CLAIM_M, 0
    CASE 18                     # both contexts are told, one gets it
    SET PLIC_ENABLE_M, 1 << UART
    RAISED MEIP | SEIP
    CLAIMS PLIC_CLAIM_S, UART
    RAISED 0
    CLAIMS PLIC_CLAIM_M, 0
    SET_UART 0
    SET PLIC_CLAIM_S, UART

    CASE 19                     # an interrupt of M-mode is taken
    SET PLIC_ENABLE_S, 0
    SET_UART 1
    li t0, MEIP | SEIP
    csrw mie, t0
    TAKEN 11
    CLAIMS PLIC_CLAIM_M, UART
    SET_UART 0
    SET PLIC_CLAIM_M, UART
    CASE 20                     # and one of S-mode, not delegated here
    SET PLIC_ENABLE_M, 0
    SET PLIC_ENABLE_S, 1 << UART
    SET_UART 1
    TAKEN 9
    CLAIMS PLIC_CLAIM_S, UART
    SET_UART 0
    SET PLIC_CLAIM_S, UART

    CASE 21                     # an alarm in a millisecond ends a wait
    SET PLIC_ENABLE_M, 1 << RTC
    li t0, RTC_TIME_LOW
    lwu a1, 0(t0)
    li t0, RTC_TIME_HIGH
    lwu a2, 0(t0)
    slli a2, a2, 32
    or a1, a1, a2
    li t0, 1000000
    add a1, a1, t0
    srli a2, a1, 32
    li t0, RTC_ALARM_HIGH
    sw a2, 0(t0)
    li t0, RTC_ALARM_LOW
    sw a1, 0(t0)
    RAISED 0
1:  wfi
    csrr a0, mip
    li t0, MEIP
    and a0, a0, t0
    beqz a0, 1b
    li t0, RTC_TIME_LOW
    lwu a3, 0(t0)
    li t0, RTC_TIME_HIGH
    lwu a4, 0(t0)
    slli a4, a4, 32
    or a3, a3, a4
    bgeu a3, a1, 2f
    j fail
2:  CLAIMS PLIC_CLAIM_M, RTC
    LOWER_RTC
    SET PLIC_CLAIM_M, RTC

    CASE 22                     # priorities have three bits
    PRIORITIES -1, 1
    li t0, PLIC_PRIORITY + 4 * UART
    lw a0, 0(t0)
    CHECK a0, 7
    CASE 23                     # pending bits are read-only
    SET PLIC_PENDING, -1
    PENDING 0

    li a1, PLIC_PRIORITY        # registers have 32 bits
    TRAPS 24, CAUSE_LOAD_ACCESS, a1, ld a0, 0(a1)
    TRAPS 25, CAUSE_LOAD_ACCESS, a1, lb a0, 0(a1)
    TRAPS 26, CAUSE_STORE_ACCESS, a1, sh a0, 0(a1)
    j pass
