//! Rows as CSV inside JSON (dossier 7.4).

use crate::error::{ApiError, ApiResult};
use serde::Serialize;
use std::borrow::Cow;
use utoipa::ToSchema;

/// A page of rows as CSV (RFC 4180) below a row of names, cells that a spreadsheet would run as formulas made harmless.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Csv {
    content_type: &'static str,
    csv_data: String,
    /// Whether rows come behind these.
    x_has_more: bool,
    /// The `pageToken` that they are asked for with.
    #[serde(skip_serializing_if = "Option::is_none")]
    x_next_page_token: Option<String>,
    /// Rows on all pages.
    x_total_count: u64,
}

/// Where a page lies in its list.
pub struct Page {
    /// What the next one is asked for with, if there is one.
    pub next: Option<String>,
    /// Rows on all pages.
    pub total: u64,
}

impl Csv {
    /// Of a header and the rows of a page.
    pub fn of<'h>(
        Page { next, total }: Page,
        header: impl IntoIterator<Item = &'h str>,
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> ApiResult<Self> {
        let write = || -> Result<Vec<u8>, csv::Error> {
            let mut writer =
                csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
            writer.write_record(header.into_iter().map(|cell| harmless(cell).into_owned()))?;
            for row in rows {
                writer.write_record(row.iter().map(|cell| harmless(cell).into_owned()))?;
            }
            writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
        };
        let bytes = write().map_err(ApiError::internal)?;
        let csv_data = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Self {
            content_type: "text/csv; charset=utf-8",
            csv_data,
            x_has_more: next.is_some(),
            x_next_page_token: next,
            x_total_count: total,
        })
    }
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let is_number = cell.strip_prefix(['+', '-']).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
    });
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(harmless("-2+3+cmd"), "'-2+3+cmd");
        assert_eq!(harmless("+49 30 1234"), "+49 30 1234");
        assert_eq!(harmless("-12.5"), "-12.5");
        assert_eq!(harmless("plain"), "plain");
    }
}
