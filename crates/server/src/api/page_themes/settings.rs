//! What is sent of a look, checked: its fields, its colours, numbers and fonts, its pictures.

use crate::api::body;
use crate::catalog::{self, Connection, media};
use crate::design::picture::MAX_BYTES;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use pages::theme::PageTheme;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What an answer tells of a look and nobody changes.
const TOLD: [&str; 5] = ["id", "workspaceId", "xLinkId", "createdAt", "updatedAt"];

/// Where a look shows a picture of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Cover,
    Badge,
    FooterLogo,
}

impl Slot {
    const ALL: [Self; 3] = [Self::Cover, Self::Badge, Self::FooterLogo];

    /// Its name in a change.
    const fn name(self) -> &'static str {
        match self {
            Self::Cover => "canvasCover",
            Self::Badge => "badge",
            Self::FooterLogo => "footerLogo",
        }
    }

    fn of(self, theme: &mut PageTheme) -> &mut Option<String> {
        match self {
            Self::Cover => &mut theme.canvas_cover_id,
            Self::Badge => &mut theme.badge_id,
            Self::FooterLogo => &mut theme.footer_logo_id,
        }
    }
}

/// A picture that is chosen for a slot, or none; `field` says so.
#[derive(Debug)]
pub struct Picture {
    slot: Slot,
    file: Option<Uuid>,
    field: String,
}

/// A whole look as it is sent, and the pictures in it.
pub fn whole(fields: Map<String, Value>) -> ApiResult<(PageTheme, Vec<Picture>)> {
    let known = json!(PageTheme::default());
    if let Some(unknown) = fields.keys().find(|key| known.get(key.as_str()).is_none()) {
        let message = format!("\"{unknown}\" is no field of a look; see /docs for those there are");
        return Err(ApiError::field(format!("/{unknown}"), message));
    }
    let mut theme: PageTheme = body::read(Value::Object(fields))?;
    if let Some((field, message)) = theme.fault() {
        return Err(ApiError::field(field, message));
    }
    let mut pictures = Vec::new();
    for slot in Slot::ALL {
        let field = format!("/{}Id", slot.name());
        let sent = slot.of(&mut theme);
        match sent.as_deref().map(str::trim) {
            None => {}
            // No picture.
            Some("") => {
                *sent = None;
                pictures.push(Picture { slot, file: None, field });
            }
            Some(text) => {
                let file = file_id(&field, text)?;
                *sent = Some(file.to_string());
                pictures.push(Picture { slot, file: Some(file), field });
            }
        }
    }
    Ok((theme, pictures))
}

/// A change of a look.
pub struct Change {
    set: PageTheme,
    /// The pictures that it chooses.
    pub pictures: Vec<Picture>,
}

impl Change {
    /// Reads a change, or an answer that is sent back with changes in it.
    pub fn read(mut fields: Map<String, Value>) -> ApiResult<Self> {
        fields.retain(|name, value| !value.is_null() && !TOLD.contains(&name.as_str()));
        experience(fields.remove("visitorExperience").as_ref())?;
        let mut chosen = Vec::new();
        for slot in Slot::ALL {
            if let Some(selection) = fields.remove(slot.name()) {
                chosen.push(selected(slot, &selection)?);
                // The selection is what is wanted; the id beside it is the one that an answer told.
                fields.remove(&format!("{}Id", slot.name()));
            }
        }
        let (set, mut pictures) = whole(fields)?;
        pictures.append(&mut chosen);
        Ok(Self { set, pictures })
    }

    /// What it makes of a look.
    pub fn of(self, theme: PageTheme) -> PageTheme {
        let mut theme = theme.changed(self.set);
        for picture in &self.pictures {
            *picture.slot.of(&mut theme) = picture.file.map(|file| file.to_string());
        }
        theme
    }
}

/// Pages show a form whole; nothing else is built.
fn experience(value: Option<&Value>) -> ApiResult<()> {
    const CLASSIC: &str = "PAGE_THEME_VISITOR_EXPERIENCE_CLASSIC";
    match value.map(Value::as_str) {
        None | Some(Some(CLASSIC | "PAGE_THEME_VISITOR_EXPERIENCE_UNSPECIFIED")) => Ok(()),
        Some(_) => Err(ApiError::field(
            "/visitorExperience",
            format!("pages show a form whole: send {CLASSIC}, or leave it out"),
        )),
    }
}

/// `{"id": …}` or `{"delete": {}}`.
fn selected(slot: Slot, selection: &Value) -> ApiResult<Picture> {
    let field = format!("/{}", slot.name());
    let choose = "choose a picture with {\"id\": \"…\"}, or none with {\"delete\": {}}";
    let Some(selection) = selection.as_object() else { return Err(ApiError::field(field, choose)) };
    let given = |name: &str| selection.get(name).filter(|value| !value.is_null());
    if let Some(unknown) = selection.keys().find(|key| !["id", "delete"].contains(&key.as_str())) {
        return Err(ApiError::field(format!("{field}/{unknown}"), choose));
    }
    match (given("id"), given("delete")) {
        (Some(Value::String(text)), None) => {
            let field = format!("{field}/id");
            Ok(Picture { slot, file: Some(file_id(&field, text)?), field })
        }
        (None, Some(Value::Object(_) | Value::Bool(true))) => Ok(Picture { slot, file: None, field }),
        (None, Some(_)) => Err(ApiError::field(format!("{field}/delete"), "is an empty object: {}")),
        (Some(_), None) => {
            Err(ApiError::field(format!("{field}/id"), "is the id of a picture of the library"))
        }
        _ => Err(ApiError::field(field, choose)),
    }
}

fn file_id(field: &str, text: &str) -> ApiResult<Uuid> {
    Uuid::parse_str(text.trim()).map_err(|_| no_file(field, text))
}

fn no_file(field: &str, file: &str) -> ApiError {
    ApiError::field(field, format!("\"{file}\" is no picture of the library; upload it first"))
}

/// Refuses what is no file of the workspace or cannot stand on a page.
pub async fn check(
    db: &mut Connection,
    workspace: WorkspaceId,
    pictures: &[Picture],
) -> catalog::Result<ApiResult<()>> {
    for picture in pictures {
        let Some(id) = picture.file else { continue };
        let Some(file) = media::get(db, workspace, id).await? else {
            return Ok(Err(no_file(&picture.field, &id.to_string())));
        };
        let (reason, message) = if file.kind != "image" {
            ("KIND_NOT_ACCEPTED", format!("\"{}\" is no picture; a page shows pictures only", file.file_name))
        } else if file.size > MAX_BYTES as i64 {
            let size = file.size as f64 / 1e6;
            ("TOO_LARGE", format!("a picture on a page has at most 3 MB; this has {size:.1}"))
        } else {
            continue;
        };
        let refused = ApiError::field(&picture.field, message).called("MEDIA_NOT_ALLOWED_HERE");
        let refused = refused.with("slot", picture.slot.name()).with("reason", reason);
        return Ok(Err(refused.with("limit", MAX_BYTES)));
    }
    Ok(Ok(()))
}

/// The look of stored settings; what cannot be read of them is the house's.
pub fn stored(settings: &str) -> PageTheme {
    serde_json::from_str(settings).unwrap_or_default()
}

/// A look in the words of the wire, without what it does not say.
pub fn written(theme: &PageTheme) -> Map<String, Value> {
    fn said(value: &mut Value) {
        if let Value::Object(fields) = value {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(said);
        }
    }
    let mut written = json!(theme);
    said(&mut written);
    match written {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
