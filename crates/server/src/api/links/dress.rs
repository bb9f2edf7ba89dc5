//! How a new link's code looks: as a template does, or as a look that was made for it.

use super::create::Prepared;
use crate::api::designs::{check, picture_of};
use crate::api::qrcode_templates;
use crate::api::qrcode_templates::change::not_fresh;
use crate::app::App;
use crate::catalog::designs::{self, Looks};
use crate::catalog::links::Dress;
use crate::catalog::{self, Connection};
use crate::design::Settings;
use crate::error::{ApiError, ApiResult};
use model::WorkspaceId;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// The look of a template.
    Template(Uuid),
    /// A look that nobody has yet.
    Design(Uuid),
}

impl Asked {
    /// What a request asks for; nothing is the plain look.
    pub fn read(design: Option<Uuid>, template: Option<Uuid>) -> ApiResult<Option<Self>> {
        match (design, template) {
            (None, None) => Ok(None),
            (Some(design), None) => Ok(Some(Self::Design(design))),
            (None, Some(template)) => Ok(Some(Self::Template(template))),
            (Some(_), Some(_)) => {
                let message = "a code has one look; leave qrcodeDesignId or qrcodeTemplateId out";
                Err(ApiError::field("/qrcodeDesignId", message))
            }
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Template(_) => "/qrcodeTemplateId",
            Self::Design(_) => "/qrcodeDesignId",
        }
    }

    async fn looks(self, db: &mut Connection, workspace: WorkspaceId) -> catalog::Result<ApiResult<Looks>> {
        match self {
            Self::Template(id) => Ok(match qrcode_templates::visible(db, workspace, id).await? {
                Some(template) => Ok(template.looks),
                None => {
                    let message = format!("there is no template {id} for this workspace");
                    Err(ApiError::field(self.field(), message))
                }
            }),
            Self::Design(id) => Ok(match designs::fresh(db, Some(workspace), id).await? {
                Some(design) => Ok(design.looks),
                None => Err(not_fresh(db, workspace, id).await?),
            }),
        }
    }
}

/// Gives links that are about to be made the looks they ask for. Each look is checked once, on the longest of its codes.
pub async fn dress(
    app: &App,
    workspace: WorkspaceId,
    prepared: &mut [Prepared],
    pointer: fn(usize) -> String,
) -> ApiResult<()> {
    let mut all: BTreeMap<Asked, (Looks, usize, String)> = BTreeMap::new();
    for (place, prepared) in prepared.iter_mut().enumerate() {
        let Some(asked) = prepared.asked else { continue };
        let payload = app.hosts().qr_entrypoint(prepared.link.domain, &prepared.link.slug);
        let looks = match all.get_mut(&asked) {
            Some(_) if matches!(asked, Asked::Design(_)) => {
                let message = "another link of this request has this look; each link has one of its own";
                return Err(ApiError::field(asked.field(), message).below(&pointer(place)));
            }
            Some((looks, longest_at, longest)) => {
                if payload.len() > longest.len() {
                    (*longest_at, *longest) = (place, payload);
                }
                looks.clone()
            }
            None => {
                let looks = asked.looks(&mut *app.catalog.read().await?, workspace).await?;
                let looks = looks.map_err(|error| error.below(&pointer(place)))?;
                all.insert(asked, (looks.clone(), place, payload));
                looks
            }
        };
        prepared.link.dress = match asked {
            Asked::Template(template) => Dress { looks, template: Some(template), ..Dress::plain() },
            Asked::Design(design) => Dress { design, is_taken: true, looks, template: None },
        };
    }
    for (asked, (looks, place, payload)) in all {
        let logo = picture_of(&mut *app.catalog.read().await?, &looks).await?;
        let checked = match Settings::read(&looks.settings).look(logo.as_ref()) {
            Ok(look) => check(app, look, payload).await,
            Err(error) => Err(error),
        };
        checked.map_err(|error| error.renamed(asked.field()).below(&pointer(place)))?;
    }
    Ok(())
}

/// Whether what a link was dressed in is still there, and as it was.
pub async fn is_unchanged(
    db: &mut Connection,
    workspace: WorkspaceId,
    asked: Asked,
    dress: &Dress,
) -> catalog::Result<ApiResult<()>> {
    Ok(match asked.looks(db, workspace).await? {
        Ok(looks) if looks == dress.looks => Ok(()),
        Ok(_) => {
            let message = "somebody changed this look at the same moment; send the request again";
            Err(ApiError::conflict("DESIGN_CHANGED", message).about(asked.field()))
        }
        Err(error) => Err(error),
    })
}
