//! The one task that sends. It claims what is due, a few of each endpoint at a time, so that one that never answers holds
//! up nobody but itself; what came of the attempts is written down together.
//!
//! A claim is a lease: the delivery comes back by itself should its outcome never be written. What an earlier process had
//! claimed is due at once when this one starts, since only one runs over a data directory.

use super::compose::{Composer, Made};
use super::sign;
use crate::app::App;
use crate::catalog::webhooks as rows;
use crate::catalog::webhooks::deliveries::{self, Attempted, Claimed, Delivery};
use anyhow::anyhow;
use model::delivery::{Attempt, DeliveryStatus, Next, is_given_up, next, retry_after};
use model::{Millis, WorkspaceId};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use url::Url;
use uuid::Uuid;

/// Attempts under way at once.
const MOST: usize = 256;
/// Of these, attempts at endpoints that failed the last time: an outage of many leaves room for the others.
const MOST_FAILING: usize = MOST / 2;
/// Attempts under way at once at one endpoint: at first, at most (each success lets one more in), and after a failure.
const AT_ONE: usize = 4;
const MOST_AT_ONE: usize = 32;
const AT_ONE_FAILING: usize = 1;
/// When a claimed delivery comes back by itself: beyond the longest attempt.
const LEASE_MS: i64 = 20_000;
/// How often it is looked whether the scan store has caught up.
const BEHIND: Duration = Duration::from_millis(50);
/// Longest and shortest sleep between two looks.
const LOOK: Duration = Duration::from_millis(500);
const LEAST: Duration = Duration::from_millis(15);
/// How often old bodies are let go of.
const TIDY: Duration = Duration::from_secs(600);
/// Longest that a stop waits for attempts under way.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// An endpoint, as far as its last outcome and what is under way go.
struct Lane {
    under_way: usize,
    is_failing: bool,
    /// Attempts that may be under way.
    width: usize,
}

impl Default for Lane {
    fn default() -> Self {
        Self { under_way: 0, is_failing: false, width: AT_ONE }
    }
}

struct Sender {
    app: App,
    lanes: HashMap<Uuid, Lane>,
    /// Outcomes that are not written yet.
    outcomes: Vec<Outcome>,
    done: mpsc::UnboundedSender<Outcome>,
}

/// When to look for what is due again.
enum Look {
    /// Then.
    At(Millis),
    /// Soon: some bodies cannot be made yet.
    WhenTheStoreIsThere,
    /// Nothing is known to come due.
    WhenRung,
}

struct Outcome {
    attempt: Attempt,
    attempted: Attempted,
}

/// Sends until it is told to stop.
pub async fn send(app: App, mut stop: watch::Receiver<bool>) {
    // At most as many as are under way.
    let (done, mut finished) = mpsc::unbounded_channel();
    let mut sender = Sender { app: app.clone(), lanes: HashMap::new(), outcomes: Vec::new(), done };
    let (mut is_released, mut tidied) = (false, None::<Instant>);
    loop {
        let began = Instant::now();
        let mut pause = LOOK;
        let turn = async {
            let now = app.clock.now();
            if !is_released {
                app.catalog.write(async move |db| deliveries::release(db, now).await).await?;
                is_released = true;
            }
            if tidied.is_none_or(|at| at.elapsed() >= TIDY) {
                let more = app.catalog.write(async move |db| deliveries::tidy(db, now).await).await?;
                tidied = if more { None } else { Some(Instant::now()) };
            }
            sender.write().await?;
            sender.claim().await
        };
        match turn.await {
            Ok(next) => {
                app.sickness.recover("webhooks", Instant::now());
                pause = match next {
                    Look::At(at) => Duration::from_millis((at.0 - app.clock.now().0).max(0) as u64).min(LOOK),
                    Look::WhenTheStoreIsThere => BEHIND,
                    Look::WhenRung => LOOK,
                };
            }
            Err(error) => app.sickness.note("webhooks", error),
        }
        let is_last = tokio::select! {
            () = tokio::time::sleep(pause) => false,
            () = app.webhooks.bell.notified() => false,
            outcome = finished.recv() => { sender.outcomes.extend(outcome); false }
            _ = stop.changed() => true,
        };
        if is_last {
            return sender.end(&mut finished).await;
        }
        // Outcomes of the same moment share a transaction.
        tokio::time::sleep(LEAST.saturating_sub(began.elapsed())).await;
        while let Ok(outcome) = finished.try_recv() {
            sender.outcomes.push(outcome);
        }
    }
}

impl Sender {
    /// Writes down what came of attempts. What cannot be written stays, and its endpoint waits.
    async fn write(&mut self) -> anyhow::Result<()> {
        if self.outcomes.is_empty() {
            return Ok(());
        }
        let of: Vec<(Attempt, Attempted)> =
            self.outcomes.iter().map(|outcome| (outcome.attempt, outcome.attempted.clone())).collect();
        self.app
            .catalog
            .write(async move |db| {
                for (attempt, attempted) in &of {
                    finish(db, *attempt, attempted).await?;
                }
                Ok(())
            })
            .await?;
        for outcome in self.outcomes.drain(..) {
            let webhook = outcome.attempted.webhook;
            if let Some(lane) = self.lanes.get_mut(&webhook) {
                lane.under_way = lane.under_way.saturating_sub(1);
                lane.is_failing = outcome.attempt != Attempt::Taken;
                lane.width = if lane.is_failing { AT_ONE_FAILING } else { (lane.width + 1).min(MOST_AT_ONE) };
            }
        }
        Ok(())
    }

    /// Claims what is due and begins to send it.
    async fn claim(&mut self) -> anyhow::Result<Look> {
        let now = self.app.clock.now();
        let mut db = self.app.catalog.read().await?;
        let queues = deliveries::queues(&mut db).await?;
        let waiting: HashSet<Uuid> = queues.iter().map(|(webhook, _)| *webhook).collect();
        self.lanes.retain(|id, lane| lane.under_way > 0 || waiting.contains(id));
        let (mut under_way, mut failing) = (0, 0);
        for lane in self.lanes.values() {
            under_way += lane.under_way;
            failing += if lane.is_failing { lane.under_way } else { 0 };
        }
        let (mut claimed, mut soonest) = (Vec::new(), None);
        for (webhook, at) in queues {
            if at > now {
                soonest = soonest.or(Some(at));
                break;
            }
            let lane = self.lanes.get(&webhook);
            let (busy, is_failing, width) =
                lane.map_or((0, false, AT_ONE), |lane| (lane.under_way, lane.is_failing, lane.width));
            let mut room = width.saturating_sub(busy).min(MOST.saturating_sub(under_way));
            if is_failing {
                room = room.min(MOST_FAILING.saturating_sub(failing));
            }
            if room == 0 {
                continue;
            }
            let due = deliveries::due(&mut db, webhook, now, room as i64).await?;
            under_way += due.len();
            failing += if is_failing { due.len() } else { 0 };
            claimed.extend(due);
        }
        drop(db);
        if claimed.is_empty() {
            return Ok(soonest.map_or(Look::WhenRung, Look::At));
        }
        let (sent, is_behind) = self.prepare(claimed, now).await?;
        for delivery in sent {
            self.lanes.entry(delivery.webhook).or_default().under_way += 1;
            let (app, done) = (self.app.clone(), self.done.clone());
            tokio::spawn(async move {
                let (attempt, attempted) = attempt(&app, &delivery).await;
                let _ = done.send(Outcome { attempt, attempted });
            });
        }
        // There may be more of what is due already.
        Ok(if is_behind { Look::WhenTheStoreIsThere } else { Look::At(now) })
    }

    /// Makes the bodies and leases the deliveries, in one transaction.
    async fn prepare(&self, due: Vec<Delivery>, now: Millis) -> anyhow::Result<(Vec<Delivery>, bool)> {
        let composer = Composer::read(&self.app, &due).await.map_err(|error| anyhow!("{error}"))?;
        let (mut sent, mut made, mut withdrawn, mut is_behind) = (Vec::new(), Vec::new(), Vec::new(), false);
        for mut delivery in due {
            if delivery.body.is_some() {
                made.push(Claimed { id: delivery.id, body: None, visitor: None });
                sent.push(delivery);
                continue;
            }
            match composer.body(&self.app, &delivery).await.map_err(|error| anyhow!("{error}"))? {
                Made::Body(body, visitor) => {
                    made.push(Claimed { id: delivery.id, body: Some(body.clone()), visitor });
                    delivery.body = Some(body);
                    sent.push(delivery);
                }
                Made::NotYet => is_behind = true,
                Made::Nothing => withdrawn.push(delivery.id),
            }
        }
        if made.is_empty() && withdrawn.is_empty() {
            return Ok((sent, is_behind));
        }
        self.app
            .catalog
            .write(async move |db| {
                deliveries::claim(db, &made, now.plus(LEASE_MS)).await?;
                for id in &withdrawn {
                    deliveries::withdraw(db, *id).await?;
                }
                Ok(())
            })
            .await?;
        Ok((sent, is_behind))
    }

    /// Waits a little for what is under way and writes it down; the rest is sent again by the next process.
    async fn end(mut self, finished: &mut mpsc::UnboundedReceiver<Outcome>) {
        let until = tokio::time::Instant::now() + LAST_WAIT;
        let under_way = |sender: &Self| sender.lanes.values().map(|lane| lane.under_way).sum::<usize>();
        while under_way(&self) > self.outcomes.len() {
            match tokio::time::timeout_at(until, finished.recv()).await {
                Ok(Some(outcome)) => self.outcomes.push(outcome),
                _ => break,
            }
        }
        if let Err(error) = self.write().await {
            self.app.sickness.note("webhooks", error);
        }
    }
}

/// One attempt: signed, sent, judged.
pub async fn attempt(app: &App, delivery: &Delivery) -> (Attempt, Attempted) {
    let outcome = post(app, delivery).await;
    // A slow answer is judged by when it came.
    let now = app.clock.now();
    let (attempt, answer, error) = match outcome {
        Ok(answer) if (200..300).contains(&answer.status) => (Attempt::Taken, Some(answer), String::new()),
        Ok(answer) => {
            let error = format!("the endpoint answered {}", answer.status);
            let attempt = match answer.status {
                410 => Attempt::Gone,
                _ => {
                    let asked = answer.retry_after.as_deref();
                    Attempt::Failed { retry_after: asked.and_then(|text| retry_after(text, http_date, now)) }
                }
            };
            (attempt, Some(answer), error)
        }
        Err(error) => (Attempt::Failed { retry_after: None }, None, error),
    };
    let (status, due_at) =
        match next(attempt, delivery.attempts + 1, delivery.created_at, now, rand::random()) {
            Next::Done => (DeliveryStatus::Delivered, None),
            Next::Again(at) => (DeliveryStatus::Waiting, Some(at)),
            Next::GiveUp => (DeliveryStatus::Failed, None),
        };
    let asked = matches!(attempt, Attempt::Failed { retry_after: Some(_) });
    let attempted = Attempted {
        id: delivery.id,
        webhook: delivery.webhook,
        status,
        due_at,
        answer_status: answer.as_ref().map(|answer| answer.status),
        answer_head: answer.map(|answer| answer.head).unwrap_or_default(),
        error,
        hold_until: due_at.filter(|_| asked),
        at: now,
    };
    (attempt, attempted)
}

async fn post(app: &App, delivery: &Delivery) -> Result<crate::outbound::Answer, String> {
    let unready = |error: crate::catalog::Error| format!("this server could not read its catalog: {error}");
    let (webhook, secrets) = hook(app, delivery.workspace, delivery.webhook).await.map_err(unready)?;
    let webhook = webhook.ok_or("the webhook was deleted")?;
    let url = Url::parse(&webhook.endpoint_url).map_err(|_| "the endpoint is no address".to_owned())?;
    let body = delivery.body.clone().unwrap_or_default();
    if secrets.is_empty() {
        return Err(
            "the webhook's secret cannot be opened: secret.key is not the one it was sealed with".into()
        );
    }
    let headers = sign::headers(&secrets, delivery.id, &body, app.clock.now());
    app.webhooks.client.post(&url, &headers, body.into()).await
}

/// The webhook, and its secrets that sign at this moment.
async fn hook(
    app: &App,
    workspace: WorkspaceId,
    id: Uuid,
) -> crate::catalog::Result<(Option<rows::Webhook>, Vec<Vec<u8>>)> {
    let mut db = app.catalog.read().await?;
    let webhook = rows::get(&mut db, workspace, id).await?;
    let sealed = rows::secrets(&mut db, id, app.clock.now()).await?;
    let open = |sealed: &Vec<u8>| app.webhooks.sealer.open(id.as_bytes(), sealed);
    Ok((webhook, sealed.iter().filter_map(open).collect()))
}

/// Writes down what came of an attempt; disables an endpoint that is gone, or has taken nothing for days.
pub async fn finish(
    db: &mut crate::catalog::Connection,
    attempt: Attempt,
    attempted: &Attempted,
) -> crate::catalog::Result<()> {
    let failing_since = deliveries::attempted(db, attempted).await?;
    let now = attempted.at;
    let notice = match attempt {
        Attempt::Gone => Some("the endpoint answered 410 Gone: it wants nothing any more".to_owned()),
        Attempt::Failed { .. } => failing_since.filter(|since| is_given_up(*since, now)).map(|since| {
            format!(
                "nothing was delivered since {}; the last attempt: {}",
                crate::api::wire::time(since),
                attempted.error
            )
        }),
        Attempt::Taken => None,
    };
    match notice {
        Some(notice) => deliveries::disable(db, attempted.webhook, &notice, now).await,
        None => Ok(()),
    }
}

fn http_date(text: &str) -> Option<Millis> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Millis(since.as_millis() as i64))
}
