//! The task that writes letters about leads and hands them over, one after the other. A link writes to an address at most
//! so many times an hour; the last letter of an hour tells of all that wait.

use super::letter::{self, Told};
use crate::app::App;
use crate::catalog::notices::{self as rows, Notice};
use crate::catalog::{Connection, links, versions, workspaces};
use crate::smtp::{Mailer, Refusal};
use jiff::tz::TimeZone;
use model::delivery::{Attempt, Next, next};
use model::time::DAY_MS;
use model::workflow::Payload;
use model::{LinkId, WorkspaceId};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use uuid::Uuid;

/// Letters that a link writes to an address within an hour.
pub const MOST_AN_HOUR: usize = 20;
const HOUR_MS: i64 = 3_600_000;
/// Notices looked at in one turn.
const TURN: i64 = 500;
/// Longest sleep between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// How long it is kept what was written, and how often the older is let go of.
const KEPT_MS: i64 = 30 * DAY_MS;
const TIDY: Duration = Duration::from_secs(3600);

/// Writes until it is told to stop. Without a mail server there is nothing to do.
pub async fn send(app: App, mut stop: watch::Receiver<bool>) {
    let Some(mailer) = &app.notices.mailer else { return };
    let mut tidied = None::<Instant>;
    loop {
        let turn = async {
            if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                let before = app.clock.now().plus(-KEPT_MS);
                app.catalog.write(async move |db| rows::tidy(db, before).await).await?;
                tidied = Some(Instant::now());
            }
            turn(&app, mailer, &stop).await
        };
        match turn.await {
            Ok(()) => app.sickness.clear("e-mail"),
            Err(error) => app.sickness.note("e-mail", error),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.notices.bell.notified() => {}
            _ = stop.changed() => {}
        }
        if *stop.borrow() {
            return;
        }
    }
}

/// Writes what is due. The error is what the mail server or the catalog suffers from.
async fn turn(app: &App, mailer: &Mailer, stop: &watch::Receiver<bool>) -> anyhow::Result<()> {
    let now = app.clock.now();
    let due = rows::due(&mut *app.catalog.read().await?, now, TURN).await?;
    let mut trouble = None;
    for ((link, address), notices) in due {
        if *stop.borrow() {
            return Ok(());
        }
        let mailed =
            rows::mailed(&mut *app.catalog.read().await?, link, &address, now.plus(-HOUR_MS)).await?;
        let (letters, put_off) = share_out(&notices, mailed.len());
        if !put_off.is_empty() {
            let until = mailed.first().map_or(now.plus(HOUR_MS), |first| first.plus(HOUR_MS));
            let ids: Vec<Uuid> = put_off.iter().map(|notice| notice.id).collect();
            app.catalog.write(async move |db| rows::put_off(db, &ids, until).await).await?;
        }
        for notices in letters {
            trouble = write(app, mailer, notices).await?.or(trouble);
        }
    }
    match trouble {
        Some(trouble) => Err(anyhow::anyhow!("letters about leads wait: {trouble}")),
        None => Ok(()),
    }
}

/// Which notices share a letter, and which wait: with `mailed` letters of this hour gone already.
fn share_out(notices: &[Notice], mailed: usize) -> (Vec<&[Notice]>, &[Notice]) {
    let room = MOST_AN_HOUR.saturating_sub(mailed);
    if room == 0 {
        return (Vec::new(), notices);
    }
    if notices.len() <= room {
        return (notices.chunks(1).collect(), &[]);
    }
    let (single, together) = notices.split_at(room - 1);
    (single.chunks(1).chain([together]).collect(), &[])
}

/// Writes one letter and hands it over; returns what is wrong with the mail server, if anything.
async fn write(app: &App, mailer: &Mailer, notices: &[Notice]) -> anyhow::Result<Option<String>> {
    let Some(first) = notices.first() else { return Ok(None) };
    let words = compose(app, &mut *app.catalog.read().await?, notices).await?;
    let outcome = match words {
        // Erased meanwhile: there is nothing to tell.
        None => Err(Refusal::ForGood("the answers are gone".into())),
        Some(words) => match letter::message(&mailer.from, &first.address, words) {
            Ok(letter) => mailer.send(letter).await,
            Err(why) => Err(Refusal::ForGood(why)),
        },
    };
    let now = app.clock.now();
    let ids: Vec<Uuid> = notices.iter().map(|notice| notice.id).collect();
    let (status, due_at, error, trouble) = match outcome {
        Ok(()) => ("sent", None, String::new(), None),
        Err(Refusal::ForGood(why)) => ("failed", None, why, None),
        Err(Refusal::ForNow(why)) => {
            let failed = Attempt::Failed { retry_after: None };
            match next(failed, first.attempts + 1, first.created_at, now, rand::random()) {
                Next::Again(at) => ("waiting", Some(at), why.clone(), Some(why)),
                _ => ("failed", None, why.clone(), Some(why)),
            }
        }
    };
    app.catalog.write(async move |db| rows::attempted(db, &ids, (status, due_at), &error, now).await).await?;
    Ok(trouble)
}

/// Subject and text; nothing when none of the answers is there any more.
async fn compose(
    app: &App,
    db: &mut Connection,
    notices: &[Notice],
) -> anyhow::Result<Option<(String, String)>> {
    let Some(first) = notices.first() else { return Ok(None) };
    let zone = zone(db, first.workspace).await?;
    let Some(link) = links::of_events(db, first.workspace, &[first.link]).await?.pop() else {
        return Ok(None);
    };
    let name = if link.name.is_empty() { link.slug } else { link.name };
    let leads = format!("{}/app/leads", app.hosts().base());
    let mut there = Vec::new();
    for notice in notices {
        there.extend(rows::lead(db, notice.workspace, notice.submission).await?);
    }
    match there.as_slice() {
        [] => Ok(None),
        [lead] => {
            let (form, answers) = answers(db, first.workspace, first.link, lead).await?;
            let url = lead.visitor.map_or(leads.clone(), |visitor| format!("{leads}/{visitor}"));
            let told =
                Told { link: &name, form: &form, answers: &answers, at: lead.at, zone: &zone, url: &url };
            Ok(Some(letter::lead(&told)))
        }
        [lead, ..] => Ok(Some(letter::several(&name, there.len(), lead.at, &zone, &leads))),
    }
}

async fn zone(db: &mut Connection, workspace: WorkspaceId) -> anyhow::Result<TimeZone> {
    let row = workspaces::get(db, workspace).await?;
    Ok(row.and_then(|row| TimeZone::get(&row.timezone).ok()).unwrap_or(TimeZone::UTC))
}

/// Title of the form, and its questions in order with what was answered.
async fn answers(
    db: &mut Connection,
    workspace: WorkspaceId,
    link: LinkId,
    lead: &rows::Lead,
) -> anyhow::Result<(String, Vec<(String, String)>)> {
    let answers: Value = serde_json::from_str(&lead.answers).unwrap_or_default();
    let graph = versions::graph(db, workspace, link, lead.version).await?;
    let step = graph.and_then(|graph| graph.steps.into_iter().find(|step| step.id == lead.step));
    let Some(Payload::Form(form)) = step.map(|step| step.payload) else { return Ok(Default::default()) };
    let asked = form.fields_in_order().into_iter().filter_map(|field| {
        let answered = answers["values"][&field.id].as_str()?;
        Some((field.title().to_owned(), answered.to_owned()))
    });
    let asked = asked.collect();
    Ok((form.form_title, asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Millis, TraceId};

    fn notices(count: u128) -> Vec<Notice> {
        let notice = |number| Notice {
            id: Uuid::from_u128(number),
            workspace: WorkspaceId(Uuid::nil()),
            link: LinkId(Uuid::nil()),
            submission: TraceId(Uuid::nil()),
            address: String::new(),
            attempts: 0,
            created_at: Millis(0),
        };
        (0..count).map(notice).collect()
    }

    #[test]
    fn the_last_letter_of_an_hour_tells_of_all_that_wait() {
        for (waiting, mailed, letters, put_off) in [
            (1, 0, vec![1], 0),
            (3, 17, vec![1, 1, 1], 0),
            (3, 18, vec![1, 2], 0),
            (50, 19, vec![50], 0),
            (50, 20, vec![], 50),
            (50, 25, vec![], 50),
        ] {
            let all = notices(waiting);
            let (shared, rest) = share_out(&all, mailed);
            let sizes: Vec<usize> = shared.iter().map(|letter| letter.len()).collect();
            assert_eq!((sizes, rest.len()), (letters, put_off), "{waiting} with {mailed} gone");
        }
        assert_eq!(share_out(&notices(1000), 0).0.len(), MOST_AN_HOUR);
    }
}
