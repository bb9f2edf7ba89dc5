use super::*;
use proptest::prelude::*;

/// Bits of a cut, counted from what is really written.
fn bits(runs: &[Run<'_>], group: VersionGroup) -> u32 {
    let data = |run: &Run<'_>| u32::try_from(run.segment().data().len()).unwrap();
    runs.iter().map(|run| group.header(run.mode) + data(run)).sum()
}

fn text_of(runs: &[Run<'_>]) -> String {
    runs.iter().map(|run| run.text).collect()
}

/// Bits of a run of `count` characters, by the table of the standard rather than by sixths.
fn run_bits(mode: Mode, count: u32, group: VersionGroup) -> u32 {
    let data = match mode {
        Mode::Numeric => count / 3 * 10 + [0, 4, 7][(count % 3) as usize],
        Mode::Alphanumeric => count / 2 * 11 + count % 2 * 6,
        Mode::Byte => count * 8,
    };
    group.header(mode) + data
}

/// The fewest bits of all cuts: tries every mode for the first run and every length, and goes on with the
/// rest.
fn brute_force(text: &[u8], group: VersionGroup) -> u32 {
    if text.is_empty() {
        return 0;
    }
    let mut fewest = u32::MAX;
    for mode in Mode::ALL {
        let longest = text.iter().take_while(|byte| mode.can_write(**byte)).count();
        for count in 1..=longest {
            let rest = brute_force(&text[count..], group);
            fewest = fewest.min(run_bits(mode, u32::try_from(count).unwrap(), group) + rest);
        }
    }
    fewest
}

/// The same for long texts: `fewest[i]` is the best for the text from byte i on.
fn best_of_all_cuts(text: &[u8], group: VersionGroup) -> u32 {
    let mut fewest = vec![0; text.len() + 1];
    for start in (0..text.len()).rev() {
        fewest[start] = u32::MAX;
        for mode in Mode::ALL {
            let longest = text[start..].iter().take_while(|byte| mode.can_write(**byte)).count();
            for count in 1..=longest {
                let total = run_bits(mode, u32::try_from(count).unwrap(), group) + fewest[start + count];
                fewest[start] = fewest[start].min(total);
            }
        }
    }
    fewest[0]
}

fn any_group() -> impl Strategy<Value = VersionGroup> {
    proptest::sample::select(VersionGroup::ALL.to_vec())
}

/// Texts in which a change of mode can pay: stretches of digits, capitals and others.
fn stretches() -> impl Strategy<Value = String> {
    let stretch = prop_oneof!["[0-9]{1,16}", "[A-Z $%*+./:-]{1,14}", "[a-zäπ?=&]{1,6}"];
    proptest::collection::vec(stretch, 1..10).prop_map(|stretches| stretches.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn no_cut_of_a_short_text_takes_fewer_bits(text in "[0-9]{0,7}[0-9A-Z:/a?]{0,3}", group in any_group()) {
        let runs = optimal(&text, group);
        prop_assert_eq!(text_of(&runs), &*text);
        prop_assert_eq!(bits(&runs, group), brute_force(text.as_bytes(), group));
    }

    #[test]
    fn no_cut_of_a_long_text_takes_fewer_bits(text in stretches(), group in any_group()) {
        let runs = optimal(&text, group);
        prop_assert_eq!(text_of(&runs), &*text);
        prop_assert_eq!(bits(&runs, group), best_of_all_cuts(text.as_bytes(), group));
    }

    #[test]
    fn a_single_mode_never_takes_fewer_bits(text in "\\PC{1,60}|[0-9A-Z:/]{1,60}", group in any_group()) {
        let fewest = bits(&optimal(&text, group), group);
        for mode in Mode::ALL {
            if text.bytes().all(|byte| mode.can_write(byte)) {
                prop_assert!(fewest <= bits(&[Run { mode, text: &text }], group), "{:?}", mode);
            }
        }
    }

    #[test]
    fn neighbours_differ_and_none_is_empty(text in stretches(), group in any_group()) {
        let runs = optimal(&text, group);
        prop_assert!(runs.iter().all(|run| !run.text.is_empty()));
        prop_assert!(runs.windows(2).all(|pair| pair[0].mode != pair[1].mode));
    }
}

#[test]
fn a_code_of_ours_is_one_alphanumeric_run() {
    let payload = "HTTPS://QR.EXAMPLE.COM/Q/MEN%C3%BC-26";
    let runs = optimal(payload, VersionGroup::To9);
    assert_eq!(runs, [Run { mode: Mode::Alphanumeric, text: payload }]);
}

#[test]
fn the_cut_follows_the_length_of_the_headers() {
    // Two headers of 12 and 14 bits more against six digits in 20 bits instead of 48.
    let text = "abcdef123456";
    assert_eq!(optimal(text, VersionGroup::To9).len(), 2);
    let cut = "abcdef123456ghijkl";
    let modes = |group| optimal(cut, group).iter().map(|run| run.mode).collect::<Vec<_>>();
    assert_eq!(modes(VersionGroup::To9), [Mode::Byte, Mode::Numeric, Mode::Byte]);
    assert_eq!(modes(VersionGroup::To26), [Mode::Byte]);
}

#[test]
fn a_query_marker_alone_goes_into_a_byte_run() {
    let runs = optimal("HTTPS://QR.EXAMPLE.COM/AB12CD?QR=1", VersionGroup::To9);
    assert_eq!(runs.iter().map(|run| run.mode).collect::<Vec<_>>(), [Mode::Alphanumeric, Mode::Byte]);
    assert_eq!(runs[1].text, "?QR=1");
    assert_eq!(bits(&runs, VersionGroup::To9), 225);
}
