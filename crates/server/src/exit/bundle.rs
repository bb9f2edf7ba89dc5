//! The bundle itself: maps, images of codes, data.

use super::code::{self, Code};
use super::pack::{Pack, file_name};
use super::{caddy, netlify, nginx, notes, site};
use crate::api::qrcode;
use crate::app::App;
use crate::catalog::{links, workspaces};
use crate::design::Format as Picture;
use crate::error::{ApiError, ApiResult};
use crate::export::{ExportRequest, Making, off_the_api};
use model::WorkspaceId;
use serde_json::json;

/// What of the data is in it: file, and what is asked for.
const DATA: [(&str, &str, &str); 5] = [
    ("data/links.csv", "links", "csv"),
    ("data/visitors.csv", "visitors", "csv"),
    ("data/scans.csv", "scans", "csv"),
    ("data/scans.parquet", "scans", "parquet"),
    ("data/traces.ndjson", "traces", "ndjson"),
];

/// How far a bundle is, in thousandths; whether it is to go on.
pub type Told<'t> = dyn FnMut(u64) -> bool + Send + 't;

/// Writes a bundle; `None` where it was not to go on. How many codes the maps hold.
pub async fn write(
    app: &App,
    workspace: WorkspaceId,
    pack: Pack,
    told: &mut Told<'_>,
) -> ApiResult<Option<(Pack, usize)>> {
    let now = app.clock.now();
    let (codes, row) = {
        let mut db = app.catalog.read().await?;
        let codes = code::all(&mut db, workspace, &app.hosts(), now).await?;
        (codes, workspaces::get(&mut db, workspace).await?)
    };
    let row = row.ok_or_else(|| ApiError::not_found("WORKSPACE_NOT_FOUND", "this workspace"))?;
    let (written, title) = (codes.clone(), row.name);
    let mut pack = off_the_api(move || {
        let mut pack = pack;
        maps(&mut pack, &title, &written, now).map(|()| pack)
    })
    .await?;
    let steps = (codes.len() + DATA.len()).max(1) as u64;
    for (number, code) in codes.iter().enumerate() {
        if !told(1000 * number as u64 / steps) {
            return Ok(None);
        }
        pack = images(app, workspace, code, pack).await?;
    }
    for (number, (file, object, format)) in DATA.into_iter().enumerate() {
        let mut asked = json!({ "object": object, "format": format });
        if matches!(object, "scans" | "traces") {
            asked["query"] = json!({ "verdict": ["all"] });
        }
        if object == "links" {
            asked["links"] = json!({ "xArchived": "all" });
        }
        let request: ExportRequest = crate::export::read(&asked)?;
        let mut making = match Making::begin(app, workspace, request).await {
            // Codes and pages are what a bundle is for: they do not wait for a file of the store.
            Err(error) if error.code_type() == "STORE_DAMAGED" => {
                let why = format!("This file is not included: {}\n", error.message());
                pack = off_the_api(move || {
                    let mut pack = pack;
                    pack.file(&format!("{file}.not-included.txt"), why.as_bytes()).map(|()| pack)
                })
                .await?;
                continue;
            }
            begun => begun?,
        };
        pack = off_the_api(move || {
            let mut pack = pack;
            pack.begin(file).map(|()| pack)
        })
        .await?;
        while let Some(bytes) = making.next().await? {
            pack = off_the_api(move || {
                let mut pack = pack;
                pack.write(&bytes).map(|()| pack)
            })
            .await?;
            let done = (codes.len() + number) as u64 * 1000 + making.progress();
            if !told(done / steps) {
                return Ok(None);
            }
        }
    }
    Ok(Some((pack, codes.len())))
}

fn maps(pack: &mut Pack, title: &str, codes: &[Code], now: model::Millis) -> anyhow::Result<()> {
    pack.file("README.md", notes::readme(title, codes, now).as_bytes())?;
    pack.file("redirects.json", serde_json::to_string_pretty(&notes::json(codes))?.as_bytes())?;
    pack.file("nginx/quietzone.conf", nginx::render(codes).as_bytes())?;
    pack.file("caddy/Caddyfile", caddy::render(codes).as_bytes())?;
    let mut hosts: Vec<&str> = codes.iter().map(|code| code.host.as_str()).collect();
    hosts.dedup();
    for host in hosts {
        let folder = file_name(host);
        pack.file(&format!("netlify/{folder}/_redirects"), netlify::render(codes, host).as_bytes())?;
    }
    for code in codes {
        for (path, page) in site::pages(code) {
            pack.file(&format!("site/{}/{path}", file_name(&code.host)), page.as_bytes())?;
        }
    }
    Ok(())
}

/// The code of a slug as it is printed.
async fn images(app: &App, workspace: WorkspaceId, code: &Code, pack: Pack) -> ApiResult<Pack> {
    let found = links::of_events(&mut *app.catalog.read().await?, workspace, &[code.link]).await?.pop();
    let Some(mut link) = found else { return Ok(pack) };
    (link.domain, link.slug) = (code.domain, code.spelled.clone());
    let svg = qrcode::render(app, &link, Some(Picture::Svg), None).await?.1;
    let png = qrcode::render(app, &link, Some(Picture::Png), None).await?.1;
    let name = format!("codes/{}/{}", file_name(&code.host), file_name(&code.folded));
    off_the_api(move || {
        let mut pack = pack;
        pack.file(&format!("{name}.svg"), &svg)?;
        pack.file(&format!("{name}.png"), &png)?;
        Ok(pack)
    })
    .await
}
