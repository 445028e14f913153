//! Exceptions and interrupts: the values of `mcause` and `scause`.
//!
//! RISC-V privileged specification, Machine Cause Register.

use core::fmt;

macro_rules! causes {
    ($(#[$attribute:meta])* $type:ident { $( $variant:ident = $number:literal $name:literal $wording:literal; )+ }) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type {
            $( #[doc = concat!("Code ", $number, ", \"", $name, "\": ", $wording, ".")] $variant = $number, )+
        }

        impl $type {
            /// All of them, by rising code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The one with this exception code.
            #[must_use]
            pub const fn from_number(number: u64) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$variant), )+
                    _ => None,
                }
            }

            /// The exception code.
            #[must_use]
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The name that the specification gives it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What happened, in words for people.
            #[must_use]
            pub const fn wording(self) -> &'static str {
                match self { $(Self::$variant => $wording),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }
    };
}

causes! {
    /// The cause of a synchronous trap.
    ExceptionCause {
        InstructionAddressMisaligned = 0 "Instruction address misaligned" "a jump led to an address where no instruction can start";
        InstructionAccessFault = 1 "Instruction access fault" "instructions cannot be fetched from this physical address";
        IllegalInstruction = 2 "Illegal instruction" "the instruction does not exist or is not allowed here";
        Breakpoint = 3 "Breakpoint" "an ebreak instruction was reached";
        LoadAddressMisaligned = 4 "Load address misaligned" "the load needs an aligned address";
        LoadAccessFault = 5 "Load access fault" "this physical address cannot be read";
        StoreAddressMisaligned = 6 "Store/AMO address misaligned" "the store or atomic access needs an aligned address";
        StoreAccessFault = 7 "Store/AMO access fault" "this physical address cannot be written";
        EcallFromU = 8 "Environment call from U-mode" "a user program called its supervisor";
        EcallFromS = 9 "Environment call from S-mode" "the supervisor called the machine's firmware";
        EcallFromM = 11 "Environment call from M-mode" "machine-mode code executed ecall";
        InstructionPageFault = 12 "Instruction page fault" "the page tables do not allow to execute this address";
        LoadPageFault = 13 "Load page fault" "the page tables do not allow to read this address";
        StorePageFault = 15 "Store/AMO page fault" "the page tables do not allow to write this address";
    }
}

causes! {
    /// The cause of an interrupt.
    InterruptCause {
        SupervisorSoftware = 1 "Supervisor software interrupt" "another hart or the firmware wants the supervisor's attention";
        MachineSoftware = 3 "Machine software interrupt" "another hart wants this hart's attention";
        SupervisorTimer = 5 "Supervisor timer interrupt" "the supervisor's timer has run out";
        MachineTimer = 7 "Machine timer interrupt" "the machine's timer has run out";
        SupervisorExternal = 9 "Supervisor external interrupt" "a device wants the supervisor's attention";
        MachineExternal = 11 "Machine external interrupt" "a device wants the machine's attention";
    }
}

/// The bit of `mcause` and `scause` that tells interrupts from exceptions.
pub const INTERRUPT_BIT: u64 = 1 << 63;

impl InterruptCause {
    /// The order in which pending interrupts for the same privilege are taken
    /// (Machine Interrupt Registers).
    pub const BY_PRIORITY: [Self; 6] = [
        Self::MachineExternal,
        Self::MachineSoftware,
        Self::MachineTimer,
        Self::SupervisorExternal,
        Self::SupervisorSoftware,
        Self::SupervisorTimer,
    ];

    /// Its bit in `mip`, `mie` and `mideleg`.
    #[must_use]
    pub const fn mask(self) -> u64 {
        1 << self as u8
    }
}

/// The cause of a trap of either kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Synchronous.
    Exception(ExceptionCause),
    /// Asynchronous.
    Interrupt(InterruptCause),
}

impl Cause {
    /// Reads a value of `mcause` or `scause`.
    #[must_use]
    pub const fn from_register(value: u64) -> Option<Self> {
        // Not `Option::map`: that is not const.
        if value & INTERRUPT_BIT == 0 {
            match ExceptionCause::from_number(value) {
                Some(cause) => Some(Self::Exception(cause)),
                None => None,
            }
        } else {
            match InterruptCause::from_number(value & !INTERRUPT_BIT) {
                Some(cause) => Some(Self::Interrupt(cause)),
                None => None,
            }
        }
    }

    /// The value in `mcause` or `scause`.
    #[must_use]
    pub const fn to_register(self) -> u64 {
        match self {
            Self::Exception(cause) => cause as u64,
            Self::Interrupt(cause) => INTERRUPT_BIT | cause as u64,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exception(cause) => cause.fmt(f),
            Self::Interrupt(cause) => cause.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::csr::fields;

    #[test]
    fn register_values_lead_back() {
        for value in 0..64 {
            for value in [value, value | INTERRUPT_BIT] {
                if let Some(cause) = Cause::from_register(value) {
                    assert_eq!(cause.to_register(), value);
                }
            }
        }
        assert_eq!(Cause::from_register(10), None);
        assert_eq!(Cause::from_register(14), None);
        let timer = Cause::Interrupt(InterruptCause::MachineTimer);
        assert_eq!(Cause::from_register(0x8000_0000_0000_0007), Some(timer));
    }

    #[test]
    fn masks_of_the_csr_table_agree() {
        let all = InterruptCause::ALL
            .iter()
            .fold(0, |mask, cause| mask | cause.mask());
        assert_eq!(all, fields::S_INTERRUPTS | fields::M_INTERRUPTS);
        let delegable = ExceptionCause::ALL
            .iter()
            .fold(0, |mask, &cause| mask | 1 << cause as u8)
            & !(1 << ExceptionCause::EcallFromM as u8);
        assert_eq!(delegable, fields::MEDELEG_EXCEPTIONS);
    }

    #[test]
    fn every_interrupt_has_a_priority() {
        let mut sorted = InterruptCause::BY_PRIORITY;
        sorted.sort_unstable();
        assert_eq!(&sorted, InterruptCause::ALL);
    }
}
