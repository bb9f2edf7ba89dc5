use super::super::{Destination, Passed, Values, authority};
use crate::conventions::QueryMode::{self, AppendMissing, LinkWins, RequestWins};
use crate::ids::ScanId;
use proptest::prelude::*;
use url::Url;
use uuid::Uuid;

const VALUES: Values<'static> = Values {
    slug: "menü/26",
    placement: "table-7",
    scan_id: ScanId(Uuid::nil()),
    country: "CH",
    lang: "de-ch",
};

fn sent(destination: &str, query: &str, mode: QueryMode) -> String {
    let passed = Passed { values: VALUES, query: Some(query), mode, path: "", last: None };
    Destination::stored(destination).location_for(&passed).into_owned()
}

fn sent_on(destination: &str, path: &str) -> String {
    let passed = Passed { values: VALUES, query: None, mode: AppendMissing, path, last: None };
    Destination::stored(destination).location_for(&passed).into_owned()
}

#[test]
fn the_visitors_query_is_appended_where_the_destination_has_none_of_its_own() {
    for (destination, query, location) in [
        ("https://e.com/", "utm_source=p", "https://e.com/?utm_source=p"),
        ("https://e.com/?", "a=1", "https://e.com/?a=1"),
        ("https://e.com/?", "", "https://e.com/?"),
        ("https://e.com/?a=1", "a=2&b=3", "https://e.com/?a=1&b=3"),
        ("https://e.com/x#top", "flag", "https://e.com/x?flag#top"),
        ("https://e.com/x?k=v#top", "a=1&a=2&flag&b=", "https://e.com/x?k=v&a=1&a=2&flag&b=#top"),
        ("https://e.com/?flag", "flag=1&x", "https://e.com/?flag&x"),
        ("https://e.com/", "qr=1&qr&source=qr&lbid=7&source=mail", "https://e.com/?source=mail"),
        ("https://e.com/", "", "https://e.com/"),
        ("https://e.com/", "a=é\"<x", "https://e.com/?a=%C3%A9%22%3Cx"),
        ("https://e.com/", "a=%2F+b", "https://e.com/?a=%2F+b"),
        ("https://e.com/?A=1", "a=2", "https://e.com/?A=1&a=2"),
        ("https://e.com/?a%5B%5D=1", "a[]=2", "https://e.com/?a%5B%5D=1"),
    ] {
        assert_eq!(sent(destination, query, AppendMissing), location, "{destination} {query}");
    }
}

#[test]
fn who_wins_is_the_owners_choice() {
    for (destination, query, request_wins, link_wins) in [
        ("https://e.com/?a=1&b=2#f", "a=9", "https://e.com/?b=2&a=9#f", "https://e.com/?a=1&b=2#f"),
        ("https://e.com/?a=1&a=2", "a=8&a=9", "https://e.com/?a=8&a=9", "https://e.com/?a=1&a=2"),
        ("https://e.com/?flag&x=1", "flag&y", "https://e.com/?x=1&flag&y", "https://e.com/?flag&x=1&y"),
        (
            "https://e.com/?utm_source=p",
            "UTM_Source=q",
            "https://e.com/?utm_source=p&UTM_Source=q",
            "https://e.com/?utm_source=p",
        ),
        ("https://e.com/?a=1", "qr=1", "https://e.com/?a=1", "https://e.com/?a=1"),
        ("https://e.com/", "a=1&a=2&b", "https://e.com/?a=1&a=2&b", "https://e.com/?a=1&a=2&b"),
        ("https://e.com/?u=%C3%BC", "%75=1", "https://e.com/?%75=1", "https://e.com/?u=%C3%BC"),
    ] {
        assert_eq!(sent(destination, query, RequestWins), request_wins, "{destination} {query}");
        assert_eq!(sent(destination, query, LinkWins), link_wins, "{destination} {query}");
    }
}

#[test]
fn the_click_id_comes_last_and_before_the_fragment() {
    let destination = Destination::stored("https://e.com/?a=1&lbid=old#f");
    for mode in [AppendMissing, RequestWins, LinkWins] {
        let passed = Passed { values: VALUES, query: Some("b=2"), mode, path: "", last: Some("lbid=x") };
        assert_eq!(destination.location_for(&passed), "https://e.com/?a=1&lbid=old&b=2&lbid=x#f");
    }
}

#[test]
fn placeholders_are_filled_in_for_their_place() {
    let location = sent(
        "https://e.com/{lang}/x{slug}?p={placement}&id={scan_id}&c={country}#at-{country}",
        "c=DE&z=1",
        AppendMissing,
    );
    assert_eq!(
        location,
        "https://e.com/de-ch/xmen%C3%BC%2F26?p=table-7&id=00000000-0000-0000-0000-000000000000&c=CH&z=1#at-CH"
    );
    assert_eq!(sent("https://e.com/{country}", "", AppendMissing), "https://e.com/CH");
    assert_eq!(sent("https://e.com/?{lang}", "", AppendMissing), "https://e.com/?de-ch");
    assert_eq!(sent("https://e.com/#{lang}", "a=1", AppendMissing), "https://e.com/?a=1#de-ch");
    assert_eq!(sent("https://e.com/{lang}#x", "", AppendMissing), "https://e.com/de-ch#x");
    assert_eq!(sent("https://e.com/%7Bslug%7D/{}", "", AppendMissing), "https://e.com/%7Bslug%7D/%7B%7D");
    let json = "https://e.com/?q={\"slug\":1}";
    assert!(sent(json, "", AppendMissing).ends_with("?q={%22slug%22:1}"), "no placeholder");
    assert_eq!(sent("mailto:{slug}@e.com", "", AppendMissing), "mailto:{slug}@e.com", "an app's");
}

#[test]
fn a_path_behind_the_slug_is_joined_inside_the_destination() {
    for (destination, path, location) in [
        ("https://e.com", "a/b", "https://e.com/a/b"),
        ("https://e.com/shop/", "a/b/", "https://e.com/shop/a/b/"),
        ("https://e.com/shop?x=1#f", "a", "https://e.com/shop/a?x=1#f"),
        ("https://e.com/shop", "../../etc/./passwd", "https://e.com/shop/etc/passwd"),
        ("https://e.com/shop", "%2e%2e/%2E./x", "https://e.com/shop/x"),
        ("https://e.com/shop", "a%2F..%2F..%2Fb", "https://e.com/shop/b"),
        ("https://e.com/shop", "a%5C..%5Cb", "https://e.com/shop/b"),
        ("https://e.com/shop", "%252e%252e/x", "https://e.com/shop/%252e%252e/x"),
        ("https://e.com/shop", "a?b#c", "https://e.com/shop/a%3Fb%23c"),
        ("https://e.com/shop", "//evil.example//x", "https://e.com/shop/evil.example/x"),
        ("https://e.com/shop", "@evil.example:80", "https://e.com/shop/@evil.example:80"),
        ("https://e.com/shop", "men%C3%BC%00%0d%0a", "https://e.com/shop/men%C3%BC%00%0D%0A"),
        ("https://e.com/shop", "..", "https://e.com/shop"),
        ("https://e.com/{lang}", "a", "https://e.com/de-ch/a"),
        ("mailto:a@e.com", "b", "mailto:a@e.com"),
    ] {
        assert_eq!(sent_on(destination, path), location, "{destination} {path}");
    }
}

/// A web address whose host has ports and letters of all kinds, with placeholders behind it.
fn destinations() -> impl Strategy<Value = String> {
    let piece = "(\\{slug\\}|\\{placement\\}|\\{scan_id\\}|\\{country\\}|\\{lang\\}|[a-z0-9/.:@%&=;~+-]|ü|\\\\){0,12}";
    ("https?://(e\\.com|a-b\\.example:8443|\\[::1\\]:80|münchen\\.example)", piece, piece, piece, any::<u8>())
        .prop_map(|(authority, path, query, fragment, parts)| {
            let query = if parts & 1 == 1 { format!("?{query}") } else { String::new() };
            let fragment = if parts & 2 == 2 { format!("#{fragment}") } else { String::new() };
            format!("{authority}/{path}{query}{fragment}")
        })
}

proptest! {
    #[test]
    fn nothing_a_visitor_sends_changes_where_a_destination_is(
        destination in destinations(),
        query in proptest::option::of(any::<String>()),
        path in any::<String>(),
        slug in any::<String>(),
        country in any::<String>(),
        lang in "[./\\\\@:?#%a-z]{0,8}",
        mode in 0usize..3,
        tracked in any::<bool>(),
    ) {
        let values = Values { slug: &slug, placement: &lang, scan_id: ScanId(Uuid::max()), country: &country, lang: &lang };
        let passed = Passed {
            values,
            query: query.as_deref(),
            mode: QueryMode::ALL[mode],
            path: &path,
            last: tracked.then_some("lbid=x"),
        };
        let kept = Destination::stored(&destination);
        prop_assert!(kept.is_web());
        let location = kept.location_for(&passed).into_owned();
        prop_assert!(location.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{location}");
        let (before, after) = (Url::parse(kept.location()).unwrap(), Url::parse(&location).unwrap());
        prop_assert_eq!(before.scheme(), after.scheme());
        prop_assert_eq!(authority(&before), authority(&after));
        prop_assert_eq!((before.username(), before.password()), (after.username(), after.password()));
        prop_assert_eq!(before.fragment().is_some(), after.fragment().is_some());
        if tracked {
            prop_assert!(after.query().unwrap().ends_with("lbid=x"));
        }
    }

    #[test]
    fn a_destination_that_is_taken_is_stored_the_same(destination in destinations()) {
        if let Ok(parsed) = Destination::parse(&destination, super::super::Policy::default()) {
            prop_assert_eq!(parsed, Destination::stored(&destination));
        }
    }

    #[test]
    fn a_placeholder_in_the_authority_is_never_taken(
        before in "[a-z.]{0,4}", after in "[a-z.@:]{0,4}", scheme in "https?:/{0,3}"
    ) {
        let text = format!("{scheme}{before}{{slug}}{after}.example/x");
        prop_assert!(Destination::parse(&text, super::super::Policy::default()).is_err(), "{}", text);
    }
}
