//! What shows the library's files: steps that open them, looks of pages, looks of codes that were given a picture of it.

use crate::catalog::{Connection, Result};
use model::WorkspaceId;
use sqlx::Row;
use std::collections::HashMap;
use uuid::Uuid;

/// In what way a file is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A step opens it.
    Step(Uuid),
    /// It covers a page.
    Cover,
    /// It is a page's badge.
    Badge,
    /// It stands at the foot of a page.
    FooterLogo,
    /// A code's picture was taken from it.
    CodeLogo,
}

/// One use of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// In what way.
    pub place: Place,
    /// The link: id and name.
    pub link: Option<(Uuid, String)>,
    /// The template of codes: id and name.
    pub template: Option<(Uuid, String)>,
}

impl Use {
    /// Whether the file itself is shown: then it can neither go nor become what cannot be shown there.
    pub fn holds(&self) -> bool {
        self.place != Place::CodeLogo
    }
}

/// Every use of every file of a workspace, by file.
pub async fn all(db: &mut Connection, workspace: WorkspaceId) -> Result<HashMap<Uuid, Vec<Use>>> {
    let mut uses: HashMap<Uuid, Vec<Use>> = HashMap::new();
    let steps = sqlx::query(
        "select s.id, s.payload, l.id as link_id, l.name from workflow_steps s join links l on l.id = s.link_id
         where s.workspace_id = $1 and s.action = 'OPEN_MEDIA' order by s.created_at, s.id",
    );
    for row in steps.bind(workspace.0).fetch_all(&mut *db).await? {
        let payload: serde_json::Value = serde_json::from_str(row.try_get("payload")?).unwrap_or_default();
        let Some(media) = payload["mediaId"].as_str().and_then(|id| id.parse::<Uuid>().ok()) else {
            continue;
        };
        uses.entry(media).or_default().push(Use {
            place: Place::Step(row.try_get("id")?),
            link: Some((row.try_get("link_id")?, row.try_get("name")?)),
            template: None,
        });
    }
    let themes = sqlx::query(
        "select p.settings, l.id as link_id, l.name from page_themes p join links l on l.id = p.link_id
         where p.workspace_id = $1 order by l.created_at, l.id",
    );
    for row in themes.bind(workspace.0).fetch_all(&mut *db).await? {
        let settings: serde_json::Value = serde_json::from_str(row.try_get("settings")?).unwrap_or_default();
        for (field, place) in
            [("canvasCoverId", Place::Cover), ("badgeId", Place::Badge), ("footerLogoId", Place::FooterLogo)]
        {
            let Some(media) = settings[field].as_str().and_then(|id| id.parse::<Uuid>().ok()) else {
                continue;
            };
            let link = Some((row.try_get("link_id")?, row.try_get("name")?));
            uses.entry(media).or_default().push(Use { place, link, template: None });
        }
    }
    let codes = sqlx::query(
        "select d.logo_media, l.id as link_id, l.name as link_name, t.id as template_id, t.name as template_name
         from designs d
         left join links l on l.design_id = d.id and l.deleted_at is null
         left join qrcode_templates t on t.design_id = d.id
         where d.workspace_id = $1 and d.logo_media is not null and (l.id is not null or t.id is not null)
         order by d.created_at, d.id",
    );
    for row in codes.bind(workspace.0).fetch_all(&mut *db).await? {
        let link: Option<Uuid> = row.try_get("link_id")?;
        let template: Option<Uuid> = row.try_get("template_id")?;
        uses.entry(row.try_get("logo_media")?).or_default().push(Use {
            place: Place::CodeLogo,
            link: link.map(|id| Ok::<_, sqlx::Error>((id, row.try_get("link_name")?))).transpose()?,
            template: template
                .map(|id| Ok::<_, sqlx::Error>((id, row.try_get("template_name")?)))
                .transpose()?,
        });
    }
    Ok(uses)
}
