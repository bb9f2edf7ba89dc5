//! Request bodies and queries: what axum extracts, with our errors.

pub mod limits;
mod question;
mod words;

pub use question::{collect_fields, read_question};
pub use words::{one_of, read, sentence, unknown_parameter};

use crate::error::{ApiError, ApiResult};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

/// The JSON of a request.
async fn json<S: Send + Sync>(request: Request, state: &S) -> ApiResult<Value> {
    let (parts, body) = request.into_parts();
    let body = unmarked(whole(Request::from_parts(parts.clone(), body), state).await?);
    if body.is_empty() {
        let message = "a body is needed: JSON, sent with the header Content-Type: application/json; {} where there is \
                       nothing to say";
        return Err(ApiError::bad_request(message).about(""));
    }
    let axum::Json(body) =
        axum::Json::from_request(Request::from_parts(parts, axum::body::Body::from(body)), state).await?;
    Ok(body)
}

/// The body of a request, whole, as far as its operation takes so much.
pub async fn whole<S: Send + Sync>(request: Request, state: &S) -> ApiResult<Bytes> {
    let path = request.uri().path().to_owned();
    match Bytes::from_request(request, state).await {
        Ok(bytes) => Ok(bytes),
        Err(rejection) => {
            let error = ApiError::from(rejection);
            Err(if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                limits::too_large(&path)
            } else {
                error
            })
        }
    }
}

/// A body without the byte order mark that some programs write before JSON (RFC 8259 §8.1 lets readers pass over it).
pub fn unmarked(body: Bytes) -> Bytes {
    if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body }
}

/// A JSON body, which must be there.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        words::read(json(request, state).await?).map(Self)
    }
}

/// A JSON body that is a list.
pub struct List<T>(pub Vec<T>);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for List<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        words::read_list(json(request, state).await?).map(Self)
    }
}

/// The body of a question about scans. Its `verdict` may be one word or a list, and may stand in the query instead
/// (DESIGN §9).
pub struct Question<T>(pub T);

impl<T: DeserializeOwned + ToSchema, S: Send + Sync> FromRequest<S> for Question<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        let query = request.uri().query().unwrap_or_default();
        let asked: Vec<Value> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == "verdict")
            .flat_map(|(_, words)| list(&words))
            .collect();
        let mut body = json(request, state).await?;
        if let Some(fields) = body.as_object_mut()
            && fields.get("verdict").is_none_or(Value::is_null)
            && !asked.is_empty()
        {
            fields.insert("verdict".into(), asked.into());
        }
        Self::of(body)
    }
}

impl<T: DeserializeOwned + ToSchema> Question<T> {
    /// Of a body.
    pub fn of(mut body: Value) -> ApiResult<Self> {
        if let Some(Value::String(words)) = body.get("verdict") {
            body["verdict"] = list(words).into();
        }
        read_question(body).map(Self)
    }
}

fn list(words: &str) -> Vec<Value> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect()
}

/// What stands in the path's places.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(places)) => Ok(Self(places)),
            Err(_) => Err(ApiError::bad_request("the path is not percent-encoded UTF-8")),
        }
    }
}

/// A query whose arrays are repeated (`include=a&include=b`). Each parameter comes as the list of its values.
pub struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> ApiResult<Self> {
        let raw = parts.uri.query().unwrap_or_default();
        Ok(Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect()))
    }
}

impl Query {
    /// The first non-empty value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// Refuses a parameter that is none of `known`; `else_where` says where what is wished may be had.
    pub fn only(&self, known: &[&str], else_where: &str) -> ApiResult<()> {
        let unknown = self.0.iter().map(|(name, _)| name.as_str()).find(|name| !known.contains(name));
        unknown.map_or(Ok(()), |name| {
            let message = format!("is no parameter here; there are {}. {else_where}", known.join(", "));
            Err(ApiError::field(name, message))
        })
    }

    /// All non-empty values of a parameter.
    pub fn all<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A parameter that parses, or an error naming it.
    pub fn parse<T: std::str::FromStr>(&self, name: &str, what: &str) -> ApiResult<Option<T>> {
        self.get(name)
            .map(|text| text.parse().map_err(|_| ApiError::field(name, format!("\"{text}\" is not {what}"))))
            .transpose()
    }

    /// A page size: `default` when absent, between 1 and `most`.
    pub fn page_size(&self, default: usize, most: usize) -> ApiResult<usize> {
        match self.parse::<i64>("pageSize", "a whole number")? {
            None | Some(0) => Ok(default),
            Some(size) if size < 0 => Err(ApiError::field("pageSize", "a page has at least one row")),
            Some(size) => Ok((size as usize).min(most)),
        }
    }

    /// The word of a parameter, or an error that names it and the words that there are.
    pub fn one_of<T: Copy>(&self, name: &str, known: &[(&str, T)]) -> ApiResult<Option<T>> {
        self.get(name).map(|word| one_of(name, word, known)).transpose()
    }

    /// Which of these includes are asked for; any other is refused.
    pub fn includes<const N: usize>(&self, known: [&str; N]) -> ApiResult<[bool; N]> {
        included("include", self.all("include").flat_map(|value| value.split(',')), known)
    }
}

/// Which of the known includes are among those asked for; any other is refused.
pub fn included<'a, const N: usize>(
    field: &str,
    asked: impl Iterator<Item = &'a str>,
    known: [&str; N],
) -> ApiResult<[bool; N]> {
    let places: Vec<(&str, usize)> = known.into_iter().zip(0..).collect();
    let mut included = [false; N];
    for word in asked.map(str::trim).filter(|word| !word.is_empty()) {
        included[one_of(field, word, &places)?] = true;
    }
    Ok(included)
}
