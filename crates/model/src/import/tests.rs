//! The sample files of docs/IMPORT.md, each in the format that its program documents.

use super::*;

fn read(text: &str) -> Table {
    Table::read(text, None).unwrap_or_else(|why| panic!("{text:?}: {why}"))
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../../docs/import/", $name))
    };
}

/// What a row holds of the columns that matter.
fn told(table: &Table, row: &Row) -> [String; 8] {
    [
        Column::Destination,
        Column::Slug,
        Column::Domain,
        Column::Name,
        Column::Tags,
        Column::Created,
        Column::Clicks,
        Column::Expires,
    ]
    .map(|column| table.cell(row, &column).to_owned())
}

#[test]
fn every_program_is_known_by_its_file_and_says_the_same() {
    let first =
        |destination: &str, slug: &str, domain: &str, name: &str, tags: &str, at: &str, clicks: &str| {
            [destination, slug, domain, name, tags, at, clicks].map(str::to_owned)
        };
    let menu = "https://example.com/menu?table=7";
    let cases = [
        (
            sample!("bitly.csv"),
            Source::Bitly,
            first(
                menu,
                "Menu-7",
                "bit.ly",
                "Menu, table 7",
                "print, restaurant",
                "2021-05-03T09:00:00Z",
                "1234",
            ),
        ),
        (
            sample!("bitly.json"),
            Source::Bitly,
            first(menu, "Menu-7", "bit.ly", "Menu, table 7", "print|restaurant", "2021-05-03T09:00:00Z", ""),
        ),
        (
            sample!("dub.csv"),
            Source::Dub,
            first(
                menu,
                "Menu-7",
                "dub.sh",
                "Menu, table 7",
                "print,restaurant",
                "2021-05-03T09:00:00Z",
                "1234",
            ),
        ),
        (
            sample!("dub.json"),
            Source::Dub,
            first(
                menu,
                "Menu-7",
                "dub.sh",
                "Menu, table 7",
                "print|restaurant",
                "2021-05-03T09:00:00Z",
                "1234",
            ),
        ),
        (
            sample!("shlink.csv"),
            Source::Shlink,
            first(
                menu,
                "Menu-7",
                "s.example.com",
                "Menu, table 7",
                "print|restaurant",
                "2021-05-03T09:00:00Z",
                "1234",
            ),
        ),
        (
            sample!("shlink.json"),
            Source::Shlink,
            first(
                menu,
                "Menu-7",
                "s.example.com",
                "Menu, table 7",
                "print|restaurant",
                "2021-05-03T09:00:00Z",
                "1234",
            ),
        ),
        (
            sample!("yourls.csv"),
            Source::Yourls,
            first(menu, "Menu-7", "", "Menu, table 7", "", "2021-05-03T09:00:00Z", "1234"),
        ),
        (
            sample!("yourls.json"),
            Source::Yourls,
            first(menu, "Menu-7", "s.example.com", "Menu, table 7", "", "2021-05-03T09:00:00Z", "1234"),
        ),
        (
            sample!("kutt.json"),
            Source::Kutt,
            first(menu, "Menu-7", "kutt.it", "Menu, table 7", "", "2021-05-03T09:00:00Z", "1234"),
        ),
        (
            sample!("kutt.csv"),
            Source::Kutt,
            first(menu, "Menu-7", "", "Menu, table 7", "", "2021-05-03T09:00:00Z", "1234"),
        ),
        (
            sample!("plain.csv"),
            Source::Plain,
            first(menu, "Menu-7", "", "Menu, table 7", "print, restaurant", "2021-05-03T09:00:00Z", "1234"),
        ),
    ];
    for (text, source, expected) in cases {
        let table = read(text);
        assert_eq!(table.source, source, "{text}");
        assert_eq!(&told(&table, &table.rows[0])[..7], &expected, "{source:?}");
        assert!(table.rows.len() > 1, "{source:?}");
        // Said outright it is read the same.
        assert_eq!(Table::read(text, Some(source)).unwrap(), table);
    }
}

#[test]
fn what_has_no_place_here_is_told_and_no_address_of_a_person_is_kept() {
    let oddities = |text: &str| -> Vec<(u64, String)> {
        let table = read(text);
        let rows = table.rows.iter();
        rows.flat_map(|row| row.oddities.iter().map(|odd| (row.line, odd.message.clone()))).collect()
    };
    let dub = oddities(sample!("dub.csv"));
    assert!(dub.iter().any(|(line, message)| *line == 3 && message.contains("password")), "{dub:?}");
    let kutt = oddities(sample!("kutt.json"));
    assert!(kutt.iter().any(|(line, message)| *line == 2 && message.contains("password")), "{kutt:?}");
    assert!(kutt.iter().any(|(line, message)| *line == 2 && message.contains("banned")), "{kutt:?}");
    let shlink = oddities(sample!("shlink.json"));
    assert!(
        shlink.iter().any(|(line, message)| *line == 2 && message.contains("limit of visits")),
        "{shlink:?}"
    );
    for text in [sample!("yourls.csv"), sample!("yourls.json")] {
        assert!(text.contains("198.51.100.7"));
        let table = read(text);
        let known =
            table.columns.iter().position(|(name, column)| name == "ip" && *column == Column::Unknown);
        assert!(known.is_some(), "{:?}", table.columns);
    }
    let odd = read("url,created,clicks\nhttps://a.example/,soon,many\n");
    let told: Vec<&str> = odd.rows[0].oddities.iter().map(|odd| odd.column.as_str()).collect();
    assert_eq!(told, ["created", "clicks"], "a link is not refused for its past");
}

#[test]
fn files_that_are_none_of_theirs_are_said_to_be_so() {
    for (text, source, words) in [
        ("{\"links\": 7}", None, "holds no list of links"),
        ("{\"links\": [", None, "begins as JSON and is none"),
        ("[{\"a\": 1}]", None, "must be \"destination\""),
        ("name,slug\na,b\n", Some(Source::Bitly), "no export of bitly"),
        ("{\"data\": []}", Some(Source::Kutt), "no export of kutt"),
    ] {
        let why = Table::read(text, source).unwrap_err();
        assert!(why.contains(words), "{text}: {why}");
    }
    assert_eq!(Source::of_names(["url", "short link"].into_iter()), Source::Plain, "a table of one's own");
    for source in Source::ALL {
        assert_eq!(Source::from_word(source.as_str()), Some(source));
    }
}

#[test]
fn files_of_all_programs_are_the_same_table() {
    let plain = read("destination,name\nhttps://a.example/,\"A, B\"\n");
    for text in [
        "\u{feff}Destination,Name\r\nhttps://a.example/,\"A, B\"\r\n",
        "URL;Title\nhttps://a.example/;A, B\n",
        "Long URL\tName\nhttps://a.example/\tA, B",
        " destination , name \n\n https://a.example/ ,\"A, B\"\n,\n",
        "destination,name,\nhttps://a.example/,\"A, B\"",
    ] {
        let table = read(text);
        let row = &table.rows[0];
        assert_eq!(table.rows.len(), 1, "{text:?}");
        assert_eq!(table.cell(row, &Column::Destination), "https://a.example/", "{text:?}");
        assert_eq!(table.cell(row, &Column::Name), "A, B", "{text:?}");
        assert_eq!(table.cell(row, &Column::Slug), "");
        assert_eq!(plain.cell(&plain.rows[0], &Column::Name), "A, B");
    }
}

#[test]
fn rows_know_their_lines_and_short_rows_are_filled() {
    let table = read("url,name,slug\nhttps://a.example/,\"two\nlines\"\n\nhttps://b.example/,B,b,\n");
    let lines = |table: &Table| -> Vec<u64> { table.rows.iter().map(|row| row.line).collect() };
    assert_eq!(lines(&table), [2, 5]);
    assert_eq!(lines(&read("url\r\nhttps://a.example/\r\n\r\nhttps://b.example/")), [2, 4]);
    assert_eq!((table.cell(&table.rows[0], &Column::Slug), table.name_of("destination")), ("", "url"));
}

#[test]
fn what_is_no_table_of_links_is_refused_with_the_mend() {
    for (text, words) in [
        ("", "destination"),
        ("name,slug\na,b\n", "name, slug"),
        ("https://a.example/\n", "names the columns"),
        ("destination\n\n", "no row"),
        ("destination,name\nhttps://a.example/?q=1,2,Menu\n", "line 2 has 3 cells, and there are 2 columns"),
        ("url,name\nhttps://a.example/,\"oops\nhttps://b.example/,two\n", "line 2 is not closed"),
    ] {
        let why = Table::read(text, None).unwrap_err();
        assert!(why.contains(words), "{text:?}: {why}");
    }
    let many = format!("url\n{}", "https://a.example/\n".repeat(MAX_ROWS + 1));
    assert!(Table::read(&many, None).unwrap_err().contains("10000"));
}

#[test]
fn a_program_s_file_has_its_short_addresses() {
    let said = Table::read(sample!("bitly.csv"), Some(Source::Shlink)).unwrap_err();
    assert!(said.contains("shlink's for the short address"), "{said}");
    let plain = Table::read("url,title\nhttps://example.com/,Menu\n", Some(Source::Plain)).unwrap();
    assert_eq!(plain.rows.len(), 1);
}
