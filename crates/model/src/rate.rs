//! How sure a rate is.

/// The 95 % interval of Wilson's score for `hits` of `tries`, as fractions; nothing without tries.
///
/// Unlike the usual "plus or minus", it holds for few tries and for rates near 0 and 1.
/// (Wilson 1927; Brown, Cai and DasGupta 2001.)
pub fn wilson(hits: u64, tries: u64) -> Option<(f64, f64)> {
    if tries == 0 {
        return None;
    }
    const Z: f64 = 1.959_963_984_540_054;
    let (n, hits) = (tries as f64, hits.min(tries) as f64);
    let rate = hits / n;
    let spread = Z * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (middle, scale) = (rate + Z * Z / (2.0 * n), 1.0 + Z * Z / n);
    Some((((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_interval_of_the_literature() {
        // Figures of R's binom.confint(method = "wilson").
        for (hits, tries, low, high) in
            [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)]
        {
            let (found_low, found_high) = wilson(hits, tries).unwrap();
            assert!((found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4, "{hits} of {tries}");
        }
        assert_eq!(wilson(0, 0), None);
    }
}
