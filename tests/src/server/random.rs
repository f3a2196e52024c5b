//! Delays and choices that a seed repeats.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Set it to the seed that a failed run printed, to have the same delays and choices again.
const SEED: &str = "HOLDFAST_TEST_SEED";

/// `SplitMix64`: enough for delays, and the same everywhere for the same seed.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From the seed that the environment names, or else from the clock; says which.
    pub fn seeded() -> Self {
        let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
        let clock = || {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
            u64::try_from(since.as_nanos() & u128::from(u64::MAX)).ok()
        };
        let seed = given.or_else(clock).unwrap_or(1);
        println!("{SEED}={seed} repeats this run's delays and choices");
        Self(seed)
    }

    /// Another one, for another thread.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.below(u64::MAX))
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }

    /// A time below this one.
    pub fn within(&mut self, span: Duration) -> Duration {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros))
    }
}
