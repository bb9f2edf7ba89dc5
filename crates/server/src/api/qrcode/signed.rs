//! Addresses of images that are good for an hour and for whoever has them: of links' codes, of templates, and of the
//! pictures in codes.

use super::{render, render_template};
use crate::api::body::Path;
use crate::api::{installation, qrcode_templates};
use crate::app::App;
use crate::catalog::{links, logos};
use crate::error::{ApiError, ApiResult};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::{LinkId, Millis, WorkspaceId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an address is good.
const SIGNED_MS: i64 = 3_600_000;

/// What an address names.
#[derive(Serialize, Deserialize)]
struct Signed {
    until: Millis,
    image: Image,
}

#[derive(Serialize, Deserialize)]
enum Image {
    /// A link's code.
    Link(WorkspaceId, LinkId),
    /// A template.
    Template(WorkspaceId, Uuid),
    /// The picture in the middle of codes, by the hash of its bytes.
    Logo(String),
}

fn url(app: &App, image: Image) -> String {
    let signed = Signed { until: app.clock.now().plus(SIGNED_MS), image };
    format!("{}/x/qrcode/{}", app.hosts().base(), app.code_addresses.seal(&signed))
}

/// The address of a link's code as an image.
pub fn link_url(app: &App, workspace: WorkspaceId, link: LinkId) -> String {
    url(app, Image::Link(workspace, link))
}

/// The address of a template's image, as seen from a workspace.
pub fn template_url(app: &App, workspace: WorkspaceId, template: Uuid) -> String {
    url(app, Image::Template(workspace, template))
}

/// The address of the picture in the middle of a code.
pub fn logo_url(app: &App, sha256: &str) -> String {
    url(app, Image::Logo(sha256.to_owned()))
}

/// Shows an image by its signed address.
pub async fn get_signed_image(State(app): State<App>, Path(token): Path<String>) -> Response {
    let gone = |status: StatusCode| (status, "This address has ended. Ask for a new one.\n").into_response();
    let Some(signed) = app.code_addresses.open::<Signed>(&token) else {
        return gone(StatusCode::NOT_FOUND);
    };
    if app.clock.now() > signed.until {
        return gone(StatusCode::GONE);
    }
    match image(&app, signed.image).await {
        Ok(Some((kind, bytes))) => {
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, "private, max-age=300"),
                // An image is looked at; what an SVG could do, it does not do here.
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox",
                ),
            ];
            (headers, bytes).into_response()
        }
        Ok(None) => gone(StatusCode::NOT_FOUND),
        Err(error) => ApiError::into_response(error),
    }
}

async fn image(app: &App, image: Image) -> ApiResult<Option<(&'static str, Vec<u8>)>> {
    let mut db = app.catalog.read().await?;
    match image {
        Image::Link(workspace, id) => {
            let link = links::get(&mut db, workspace, id).await?;
            drop(db);
            let Some(link) = link else { return Ok(None) };
            // It may end up in print.
            installation::code_taken(app).await?;
            render(app, &link, None, None).await.map(Some)
        }
        Image::Template(workspace, id) => {
            let template = qrcode_templates::visible(&mut db, workspace, id).await?;
            drop(db);
            match template {
                Some(template) => render_template(app, &template).await.map(Some),
                None => Ok(None),
            }
        }
        Image::Logo(sha256) => {
            let logo = logos::get(&mut db, &sha256).await?;
            Ok(logo.map(|logo| (logo.kind.media_type(), logo.bytes.to_vec())))
        }
    }
}
