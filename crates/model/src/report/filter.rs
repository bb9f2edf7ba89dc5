//! Which scans of a population are kept.

use super::by::By;
use crate::scan::Scan;
use std::borrow::Borrow;

words! {
    /// How a value is held against those of a filter.
    Test {
        /// It is one of them.
        Is = "is",
        /// It is none of them.
        IsNot = "is_not",
        /// It contains one of them, upper and lower case being the same.
        Contains = "contains",
        /// It contains none of them.
        ContainsNot = "contains_not",
    }
}

/// Keeps the scans whose value passes the test. A scan with several values passes `is` and `contains` if one of them
/// does, the contraries if none of them fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is looked at.
    pub by: By,
    /// How.
    pub test: Test,
    /// Values held against; the empty string stands for unknown.
    pub values: Vec<String>,
}

impl Filter {
    /// Keeps the scans whose value is one of `values`.
    pub fn is(by: impl Into<By>, values: Vec<String>) -> Self {
        Self { by: by.into(), test: Test::Is, values }
    }

    /// Whether values pass: those of one scan, all of them.
    pub fn passes<T: Borrow<str>>(&self, values: &[T]) -> bool {
        let any = |fits: &dyn Fn(&str, &str) -> bool| {
            values.iter().any(|value| self.values.iter().any(|accepted| fits(value.borrow(), accepted)))
        };
        let contains = |value: &str, accepted: &str| {
            if accepted.is_empty() {
                return value.is_empty();
            }
            value.to_lowercase().contains(&accepted.to_lowercase())
        };
        match self.test {
            Test::Is => any(&|value, accepted| value == accepted),
            Test::IsNot => !any(&|value, accepted| value == accepted),
            Test::Contains => any(&contains),
            Test::ContainsNot => !any(&contains),
        }
    }

    /// Whether a scan passes.
    pub fn holds(&self, scan: &Scan<'_>) -> bool {
        self.passes(&self.by.values(scan))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Dimension;

    #[test]
    fn one_of_several_values_is_enough_and_none_may_fail_the_contrary() {
        let filter = |test, values: &[&str]| Filter {
            by: Dimension::Languages.into(),
            test,
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        };
        let scan = ["de-CH", "en"];
        for (test, values, passes) in [
            (Test::Is, &["en"][..], true),
            (Test::Is, &["de"], false),
            (Test::IsNot, &["en"], false),
            (Test::IsNot, &["fr"], true),
            (Test::Contains, &["de-ch"], true),
            (Test::Contains, &["fr", "E-C"], true),
            (Test::ContainsNot, &["ch"], false),
            (Test::ContainsNot, &["fr"], true),
            (Test::Is, &[], false),
            (Test::IsNot, &[], true),
            (Test::Contains, &[""], false),
        ] {
            assert_eq!(filter(test, values).passes(&scan), passes, "{test:?} {values:?}");
        }
        assert!(filter(Test::Contains, &[""]).passes(&[""]), "the empty text stands for unknown");
    }
}
