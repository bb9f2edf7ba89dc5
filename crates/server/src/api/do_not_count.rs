//! "Do not count me": a browser of the team says that its scans are not a visitor's. A cookie that holds no more than
//! that; the redirect reads it (`redirect/request.rs`). It is not signed: the page that gives it is for browsers that are not
//! signed in, so anybody has it who wants it. Hence it leaves numbers alone and opens nothing: a link with a limit lets its
//! browser through in its turn (`model::life::takes_a_place`).

use super::auth::{self, SignedIn};
use super::body::Body;
use crate::app::App;
use crate::error::ApiResult;
use crate::redirect::pages::{self, Plain};
use crate::redirect::request::{self, DO_NOT_COUNT};
use axum::Json;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use model::language::{self, PageLanguage};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a browser remembers: as long as browsers let cookies live.
const MAX_AGE_S: i64 = 400 * 86_400;

/// Whether this browser asks not to be counted.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct DoNotCount {
    on: bool,
}

/// Whether this browser asks not to be counted.
#[utoipa::path(get, path = "/v1/x/do-not-count", tag = "Session", operation_id = "get_do_not_count",
    responses((status = 200, body = DoNotCount)))]
pub async fn get_do_not_count(_: SignedIn, headers: HeaderMap) -> Json<DoNotCount> {
    Json(DoNotCount { on: asks_not_to_be_counted(&headers) })
}

/// Whether scans of this browser count from now on.
#[utoipa::path(put, path = "/v1/x/do-not-count", tag = "Session", operation_id = "set_do_not_count",
    request_body = DoNotCount, responses((status = 200, body = DoNotCount)))]
pub async fn set_do_not_count(
    State(app): State<App>,
    _: SignedIn,
    parts: Parts,
    Body(body): Body<DoNotCount>,
) -> Response {
    (cookie(&app, &parts, body.on), Json(body)).into_response()
}

/// The page for browsers that are not signed in: the team's phones.
pub async fn get_page(headers: HeaderMap) -> Response {
    page(&headers, asks_not_to_be_counted(&headers)).into_response()
}

/// What the page's button does: turns the wish on, or off again.
pub async fn post_page(State(app): State<App>, parts: Parts) -> ApiResult<Response> {
    auth::check_origin(&parts, &app)?;
    let on = !asks_not_to_be_counted(&parts.headers);
    Ok((cookie(&app, &parts, on), page(&parts.headers, on)).into_response())
}

fn asks_not_to_be_counted(headers: &HeaderMap) -> bool {
    request::asks_not_to_be_counted(headers.get_all(header::COOKIE).iter().map(|value| value.as_bytes()))
}

fn cookie(app: &App, parts: &Parts, on: bool) -> [(header::HeaderName, String); 1] {
    let (value, age) = if on { ("1", MAX_AGE_S) } else { ("", 0) };
    let secure = if auth::is_https(parts, app) { "; Secure" } else { "" };
    let cookie = format!("{DO_NOT_COUNT}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    [(header::SET_COOKIE, cookie)]
}

fn page(headers: &HeaderMap, on: bool) -> impl IntoResponse {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = language::page_language(&language::preferences(accepted.unwrap_or_default()));
    let (title, text, button) = match (language, on) {
        (PageLanguage::English, false) => (
            "Do not count me",
            "For the team behind these codes: scans of this browser are then recorded as your own and left out of every \
             number. The browser keeps this in a cookie that says only that.",
            "Do not count this browser",
        ),
        (PageLanguage::English, true) => (
            "This browser is not counted",
            "Its scans are recorded as the team's own and left out of every number.",
            "Count this browser again",
        ),
        (PageLanguage::French, false) => (
            "Ne pas me compter",
            "Pour l’équipe à l’origine de ces codes : les scans de ce navigateur sont alors enregistrés comme les siens et \
             absents de tous les chiffres. Le navigateur le retient dans un cookie qui ne dit rien d’autre.",
            "Ne pas compter ce navigateur",
        ),
        (PageLanguage::French, true) => (
            "Ce navigateur n’est pas compté",
            "Ses scans sont enregistrés comme ceux de l’équipe et absents de tous les chiffres.",
            "Compter de nouveau ce navigateur",
        ),
        (PageLanguage::Spanish, false) => (
            "No contarme",
            "Para el equipo que está detrás de estos códigos: los escaneos de este navegador se registran entonces como \
             propios y no aparecen en ninguna cifra. El navegador lo recuerda en una cookie que solo dice eso.",
            "No contar este navegador",
        ),
        (PageLanguage::Spanish, true) => (
            "Este navegador no se cuenta",
            "Sus escaneos se registran como los del equipo y no aparecen en ninguna cifra.",
            "Volver a contar este navegador",
        ),
        (PageLanguage::German, false) => (
            "Nicht mitzählen",
            "Für das Team hinter diesen Codes: Scans dieses Browsers gelten dann als eigene und fehlen in jeder Zahl. \
             Der Browser merkt es sich in einem Cookie, das nur das sagt.",
            "Diesen Browser nicht zählen",
        ),
        (PageLanguage::German, true) => (
            "Dieser Browser zählt nicht mit",
            "Seine Scans gelten als die des Teams und fehlen in jeder Zahl.",
            "Diesen Browser wieder zählen",
        ),
    };
    let button = format!("<button class=\"button\">{button}</button>");
    let body = format!("<p class=\"quiet\">{text}</p><form method=\"post\">{button}</form>");
    pages::plain(language, Plain { title, body, is_long: false, posts: true })
}
