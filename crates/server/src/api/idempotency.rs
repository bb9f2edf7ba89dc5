//! `Idempotency-Key`: a request that is sent again is answered again, not done again (dossier 2.1). Answers are kept for 24
//! hours, sealed with the caller's own token, which is not on our disk: whoever has the disk cannot read them.

use super::admission::Resolved;
use super::auth::{Caller, Credential, Shown};
use super::body::{self, limits};
use crate::app::App;
use crate::catalog::answers::{self, Asked, Known};
use crate::error::{ApiError, ApiResult};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Bytes of an answer that is kept, at most.
const MAX_ANSWER: usize = 8 << 20;
/// Headers that belong to an answer; the others are made anew.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// Keys whose requests are under way in this process.
#[derive(Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashSet<[u8; 32]>>>);

/// A key's turn; over when it is dropped.
struct Turn {
    id: [u8; 32],
    all: UnderWay,
}

impl UnderWay {
    fn begin(&self, id: [u8; 32]) -> Option<Turn> {
        self.0.lock().insert(id).then(|| Turn { id, all: self.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.0.lock().remove(&self.id);
    }
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// Answers a request with a key once.
pub async fn answer_once(State(app): State<App>, request: Request, next: Next) -> Response {
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH)
        || !request.headers().contains_key(KEY)
    {
        return next.run(request).await;
    }
    // Who is nobody is told so by the operation itself.
    let Some(Resolved(Ok(caller))) = request.extensions().get::<Resolved>().cloned() else {
        return next.run(request).await;
    };
    match once(&app, &caller, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn once(app: &App, caller: &Caller, request: Request, next: Next) -> ApiResult<Response> {
    let (parts, body) = request.into_parts();
    let key = key_of(&parts)?.to_owned();
    let sealing = sealing(&parts, app)?;
    // As much as the operation that takes the most; each has its own limit behind this one.
    let mut whole = Request::from_parts(parts.clone(), body);
    limits::with_file().apply(&mut whole);
    let body = body::whole(whole, app).await?;
    let asked = asked(caller, &key, &parts, &body);
    let now = app.clock.now();
    let Some(turn) = app.answering.begin(asked.id) else {
        return match answers::look(&mut *app.catalog.read().await?, &asked, now).await? {
            Known::Other => Err(other()),
            _ => Err(ApiError::conflict(
                "IDEMPOTENCY_KEY_IN_USE",
                "a request with this key is being answered; send it again in a moment",
            )
            .retry_after(1)),
        };
    };
    let wanted = asked.clone();
    match app.catalog.write(async move |db| answers::begin(db, &wanted, now).await).await? {
        Known::Fresh => {}
        Known::Other => return Err(other()),
        Known::Begun => {
            return Err(ApiError::conflict(
                "IDEMPOTENCY_OUTCOME_UNKNOWN",
                "the server stopped while it answered a request with this key, so it may or may not have been done; look, \
                 and send it again with another key if it was not",
            ));
        }
        Known::Answered(sealed) => {
            // Only the same token makes the same digest, so this opens unless the disk is damaged.
            let answer = open(&sealing, &asked.id, sealed);
            return Ok(replay(answer.ok_or_else(|| ApiError::internal("a kept answer cannot be opened"))?));
        }
    }
    let (app, id) = (app.clone(), asked.id);
    // On its own: who hangs up must not leave the request half noted.
    let work = tokio::spawn(async move {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        let (answer, response) = keep(response).await;
        let sealed = answer.and_then(|answer| seal(&sealing, &id, &answer));
        app.catalog.write(async move |db| answers::end(db, id, sealed).await).await?;
        drop(turn);
        Ok(response)
    });
    work.await.map_err(ApiError::internal)?
}

fn other() -> ApiError {
    ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "IDEMPOTENCY_KEY_REUSED",
        "this key belongs to another request of the last 24 hours; give each request a key of its own",
    )
    .about("Idempotency-Key")
}

fn key_of(parts: &Parts) -> ApiResult<&str> {
    let mut keys = parts.headers.get_all(KEY).iter();
    match (keys.next().and_then(|key| key.to_str().ok()), keys.next()) {
        (Some(key), None) if (1..=255).contains(&key.len()) => Ok(key),
        _ => Err(ApiError::field("Idempotency-Key", "a key is one text of 1 to 255 ASCII characters")),
    }
}

fn asked(caller: &Caller, key: &str, parts: &Parts, body: &[u8]) -> Asked {
    let credential = match &caller.credential {
        Credential::Token { id, .. } => id.0,
        Credential::Session(member) => member.id.0,
    };
    let id = Sha256::new().chain_update(credential.as_bytes()).chain_update(key.as_bytes()).finalize();
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let meant = meant(body);
    let body = meant.as_deref().unwrap_or(body);
    let request = [parts.method.as_str().as_bytes(), target.as_bytes(), body].into_iter();
    let request = request.fold(Sha256::new(), |digest, part| {
        digest.chain_update((part.len() as u64).to_be_bytes()).chain_update(part)
    });
    Asked {
        id: id.into(),
        workspace: caller.workspace,
        request: request.finalize().into(),
        people: parts.uri.path().contains("/visitor"),
    }
}

/// What a body of JSON says, however it is spaced and in whichever order it names its fields: operations read no more of it
/// than this. Nothing where it is something else.
fn meant(body: &[u8]) -> Option<Vec<u8>> {
    let mut said: Value = serde_json::from_slice(body).ok()?;
    said.sort_all_objects();
    serde_json::to_vec(&said).ok()
}

/// The response, and what of it is to be kept. Not kept is what another try may change, what signs somebody in, and files.
async fn keep(response: Response) -> (Option<Answer>, Response) {
    let status = response.status();
    let passes = status.is_server_error()
        || matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS)
        || response.headers().contains_key(header::SET_COOKIE)
        || response.headers().contains_key(header::CONTENT_DISPOSITION);
    if passes {
        return (None, response);
    }
    let (head, body) = response.into_parts();
    let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return (None, ApiError::internal("an answer broke off").into_response());
    };
    let headers = KEPT.iter().filter_map(|name| {
        let value = head.headers.get(name)?;
        Some((name.as_str().to_owned(), value.as_bytes().to_vec()))
    });
    let answer = Answer { status: status.as_u16(), headers: headers.collect(), body: body.to_vec() };
    let is_small = answer.body.len() <= MAX_ANSWER;
    (is_small.then_some(answer), Response::from_parts(head, Body::from(body)))
}

fn replay(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_bytes(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The key that seals this caller's answers: derived from the secret that he sends and we do not keep.
fn sealing(parts: &Parts, app: &App) -> ApiResult<LessSafeKey> {
    let (Shown::Bearer(Some(secret)) | Shown::Cookie(secret)) = Shown::by(parts, app) else {
        return Err(ApiError::internal("a caller without a secret"));
    };
    let digest = Sha256::new().chain_update(b"kept answers\0").chain_update(secret.as_bytes()).finalize();
    UnboundKey::new(&CHACHA20_POLY1305, &digest).map(LessSafeKey::new).map_err(ApiError::internal)
}

fn seal(key: &LessSafeKey, id: &[u8; 32], answer: &Answer) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mut bytes = postcard::to_stdvec(answer).ok()?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(id), &mut bytes).ok()?;
    Some([&nonce[..], &bytes].concat())
}

fn open(key: &LessSafeKey, id: &[u8; 32], mut sealed: Vec<u8>) -> Option<Answer> {
    let (nonce, bytes) = sealed.split_first_chunk_mut::<NONCE_LEN>()?;
    let bytes = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(id), bytes).ok()?;
    postcard::from_bytes(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: u8) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[secret; 32]).unwrap())
    }

    #[test]
    fn an_answer_opens_with_its_own_secret_and_key_only() {
        let answer = Answer { status: 200, headers: vec![], body: b"{}".to_vec() };
        let sealed = seal(&key(1), &[7; 32], &answer).unwrap();
        assert_eq!(open(&key(1), &[7; 32], sealed.clone()).unwrap().body, b"{}");
        assert!(open(&key(2), &[7; 32], sealed.clone()).is_none());
        assert!(open(&key(1), &[8; 32], sealed.clone()).is_none());
        assert!(open(&key(1), &[7; 32], sealed[..11].to_vec()).is_none());
        assert!(!sealed.windows(2).any(|window| window == b"{}"));
    }

    #[test]
    fn a_body_is_what_it_says_however_it_is_written() {
        let same = meant(br#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        assert_eq!(meant(b"{ \"b\": {\"d\": null, \"c\": [1, 2]},\n \"a\": 1 }").unwrap(), same);
        for other in
            [&br#"{"a":1}"#[..], br#"{"a":1,"b":{"c":[2,1],"d":null}}"#, br#"{"a":1,"b":{"c":[1,2]}}"#]
        {
            assert_ne!(meant(other).unwrap(), same);
        }
        assert!(meant(b"a,b\n1,2").is_none());
    }

    #[test]
    fn a_key_has_one_turn_at_a_time() {
        let all = UnderWay::default();
        let turn = all.begin([1; 32]);
        assert!(turn.is_some() && all.begin([1; 32]).is_none() && all.begin([2; 32]).is_some());
        drop(turn);
        assert!(all.begin([1; 32]).is_some());
    }
}
