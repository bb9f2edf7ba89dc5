//! The public lists that `build.rs` compiled into the binary.

/// One row of uap-core: how to recognise a family of browsers, platforms or devices.
pub(super) struct Family {
    pub regex: &'static str,
    /// The pattern ignores case.
    pub any_case: bool,
    /// Name and versions, or device, brand and model; empty: taken from the match.
    pub replacements: [&'static str; 3],
    /// Sets of lower-case texts, eight at most: every match contains at least one of each set.
    pub needles: &'static [&'static [&'static str]],
}

include!(concat!(env!("OUT_DIR"), "/lists.rs"));
