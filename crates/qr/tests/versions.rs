//! The smallest version for payloads like ours, at each level, against segno, an encoder in Python that
//! writes a text like these as one run.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use qr::{Code, Level};

#[test]
fn payloads_of_one_run_take_the_versions_that_another_encoder_found() {
    let table = [
        ("https://qr.example.com/ab12cd", [2, 3, 3, 4]),
        ("HTTPS://QR.EXAMPLE.COM/AB12CD", [2, 2, 2, 3]),
        ("https://qr.example.com/ab12cd?qr=1", [3, 3, 4, 4]),
        ("HTTPS://QR.EXAMPLE.COM/Q/AB12CD", [2, 2, 3, 3]),
        ("https://q.ex.co/ab12c", [2, 2, 3, 3]),
        ("HTTPS://Q.EX.CO/AB12C", [1, 2, 2, 3]),
        ("https://q.ex.co/ab12c?qr=1", [2, 2, 3, 4]),
        ("HTTPS://Q.EX.CO/AB12C/Q", [1, 2, 2, 3]),
        ("HTTPS://ID.EX.CO/01/09506000134352", [2, 2, 3, 3]),
        ("HTTPS://ID.EX.CO/01/09506000134352/10/LOT42/21/SN000123", [3, 3, 4, 5]),
    ];
    for (payload, versions) in table {
        assert_eq!(versions_of(payload), versions, "{payload}");
    }
}

#[test]
fn several_runs_save_a_version_where_one_byte_run_just_misses_it() {
    let table = [
        // segno: 3, 3, 4, 4. Two runs take 225 bits, one more than 2-M has.
        ("HTTPS://QR.EXAMPLE.COM/AB12CD?QR=1", [2, 3, 3, 4]),
        // segno: 3, 3, 4, 4.
        ("https://id.ex.co/01/09506000134352", [2, 3, 3, 4]),
        // segno: 4, 4, 5, 6.
        ("https://id.ex.co/01/09506000134352/10/LOT42/21/SN000123", [3, 4, 4, 5]),
    ];
    for (payload, versions) in table {
        assert_eq!(versions_of(payload), versions, "{payload}");
    }
}

fn versions_of(payload: &str) -> [u8; 4] {
    [Level::L, Level::M, Level::Q, Level::H].map(|level| Code::new(payload, level).unwrap().version())
}
