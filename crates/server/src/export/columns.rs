//! Columns of an export, and which of them are wanted.

use super::cell::Kind;
use crate::error::{ApiError, ApiResult};
use std::borrow::Cow;

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name: the head of CSV, the key of JSON.
    pub name: Cow<'static, str>,
    /// What its values are.
    pub kind: Kind,
    /// Whether it is there when nobody chooses.
    pub usual: bool,
}

/// Places of the columns that are wanted, in the order wanted.
pub fn choose(columns: &[Column], wanted: Option<&[String]>) -> ApiResult<Vec<usize>> {
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        return Ok((0..columns.len()).filter(|&place| columns[place].usual).collect());
    };
    let mut chosen = Vec::with_capacity(wanted.len());
    for (number, name) in wanted.iter().enumerate() {
        let field = format!("/columns/{number}");
        let Some(place) = columns.iter().position(|column| column.name == *name) else {
            let all: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            let message = format!("\"{name}\" is not a column; there are {}", all.join(", "));
            return Err(ApiError::field(field, message));
        };
        if chosen.contains(&place) {
            return Err(ApiError::field(field, format!("\"{name}\" stands there twice")));
        }
        chosen.push(place);
    }
    Ok(chosen)
}
