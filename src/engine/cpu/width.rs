//! How many bits a vector register has. In: this processor. Out: the widths that it can run, the widest first.
//!
//! Every width computes the same bits: an operation is one IEEE 754 operation on each lane.

/// Bits of the vector registers that kernels use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// What x86-64 and Arm always have.
    Bits128,
    /// AVX2.
    Bits256,
    /// AVX-512 with its F and DQ parts.
    Bits512,
}

impl Width {
    /// What this processor can run, the widest first; never empty.
    pub fn available() -> Vec<Self> {
        let mut widths = Vec::new();
        // The wide code follows the calling convention of everything but Windows.
        #[cfg(all(target_arch = "x86_64", not(windows)))]
        {
            if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq") {
                widths.push(Self::Bits512);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                widths.push(Self::Bits256);
            }
        }
        widths.push(Self::Bits128);
        widths
    }

    /// The widest that this processor can run.
    pub fn widest() -> Self {
        Self::available()[0]
    }

    /// Bytes of a register.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Bits128 => 16,
            Self::Bits256 => 32,
            Self::Bits512 => 64,
        }
    }
}
