//! Whether this processor can run the model at all.
//!
//! llama.cpp is built for AVX2, FMA, F16C and BMI2 (every x86 server and
//! desktop processor since about 2015). On an older one it would die from an
//! illegal instruction, so this is asked before llama.cpp is touched.

/// A feature's name, and whether this processor has it.
type Feature = (&'static str, fn() -> bool);

/// The x86 features the build relies on, as `/proc/cpuinfo` spells them.
#[cfg(target_arch = "x86_64")]
const NEEDED: [Feature; 4] = [
    ("avx2", || std::arch::is_x86_feature_detected!("avx2")),
    ("fma", || std::arch::is_x86_feature_detected!("fma")),
    ("f16c", || std::arch::is_x86_feature_detected!("f16c")),
    ("bmi2", || std::arch::is_x86_feature_detected!("bmi2")),
];

/// Other processors run the portable code.
#[cfg(not(target_arch = "x86_64"))]
const NEEDED: [Feature; 0] = [];

/// What this processor lacks; empty where the model can run.
#[must_use]
pub fn missing_features() -> Vec<&'static str> {
    missing(&NEEDED)
}

fn missing(needed: &[Feature]) -> Vec<&'static str> {
    needed.iter().filter(|(_, present)| !present()).map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_processor_lacks_is_named() {
        let found = missing(&[("avx2", || false), ("fma", || true), ("bmi2", || false)]);
        assert_eq!(found, vec!["avx2", "bmi2"], "the person is told which feature is missing");
    }
}
