//! The calls, in the order of a team that moves over.

use crate::program::Program;
use anyhow::{Context, anyhow, ensure};
use linkbreakers::apis::configuration::Configuration;
use linkbreakers::apis::{self, Error};
use linkbreakers::models;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

type Outcome = anyhow::Result<()>;

const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What earlier calls made.
#[derive(Default)]
struct Made {
    link: models::Link,
    steps: Vec<models::WorkflowStep>,
    condition: String,
    event: String,
    lbid: String,
    visitor: String,
    job: String,
}

/// A request of the crate's own type, from the fields that are set.
fn of<T: DeserializeOwned>(fields: Value) -> anyhow::Result<T> {
    serde_json::from_value(fields).context("the crate's own type refuses this request")
}

/// What the crate made of an answer, by its wire names.
fn seen(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

/// The crate's answer, or its error with the server's sentence.
fn kept<T, E: std::fmt::Debug>(answer: Result<T, Error<E>>) -> anyhow::Result<T> {
    answer.map_err(|error| match error {
        Error::ResponseError(refused) => anyhow!("{} {}", refused.status, refused.content),
        other => anyhow!("{other}"),
    })
}

/// The status and `codeType` of a call that must be refused.
fn refused<T, E: std::fmt::Debug>(answer: Result<T, Error<E>>) -> anyhow::Result<(u16, String)> {
    match answer {
        Ok(_) => Err(anyhow!("it was not refused")),
        Err(Error::ResponseError(refused)) => {
            let body: models::ErrorResponse = serde_json::from_str(&refused.content)?;
            ensure!(body.code == i32::from(refused.status.as_u16()) && !body.message.is_empty());
            Ok((refused.status.as_u16(), body.code_type))
        }
        Err(other) => Err(anyhow!("{other}")),
    }
}

fn text(value: Option<&String>) -> anyhow::Result<String> {
    value.filter(|text| !text.is_empty()).cloned().context("a field is missing")
}

/// Makes all calls; later ones go on where an earlier one failed.
pub async fn all(program: &Program) -> Vec<(&'static str, Outcome)> {
    let (api, mut made) = (program.client(), Made::default());
    let mut outcomes = Vec::new();
    macro_rules! calls {
        ($($name:literal => $call:expr,)*) => { $(outcomes.push(($name, $call.await));)* };
    }
    calls! {
        "workspace" => workspace(&api),
        "myself" => myself(&api),
        "scopes" => scopes(program),
        "token of one scope, which is refused more" => token(program, &api),
        "link, told twice" => create(&api, &mut made),
        "link with what it includes" => get(&api, &made),
        "links page by page" => list(&api, &made),
        "link changed" => update(&api, &mut made),
        "links in bulk" => bulk(&api),
        "links in a batch, and one bad" => batch(&api),
        "links as a job" => bulk_async(&api, &mut made),
        "the job's end" => job(&api, &made),
        "contact card" => contact(&api),
        "thanks" => thanks(&api),
        "slugs that are free" => slugs(&api, &made),
        "images of codes" => images(&api, &made),
        "steps" => steps(&api, &mut made),
        "form before the end" => form(&api, &mut made),
        "condition" => condition(&api, &mut made),
        "branch connected and let go" => connect(&api, &made),
        "workflow's faults" => validate(&api, &made),
        "two scans and their events" => events(program, &api, &mut made),
        "events as CSV" => csv(&api, &made),
        "traces" => traces(&api, &made),
        "visitor identified" => identify(&api, &mut made),
        "visitor" => visitor(&api, &made),
        "visitors searched" => search(&api, &made),
        "visitor's attributes" => attributes(&api, &made),
        "metrics" => metrics(&api),
        "series" => series(&api),
        "breakdowns" => breakdowns(&api),
        "webhook told of a scan" => webhook(program, &api, &made),
        "folders" => folders(&api),
        "domains" => domains(&api),
        "design" => design(&api, &made),
        "tags" => tags(&api),
        "data collection" => settings(&api),
        "members" => members(&api),
        "files" => files(&api),
        "link deleted" => delete(program, &api, &made),
    }
    outcomes
}

async fn workspace(api: &Configuration) -> Outcome {
    let workspace = kept(apis::workspaces_api::workspaces_service_get_my_workspace(api).await)?;
    ensure!(text(workspace.id.as_ref()).is_ok() && text(workspace.timezone.as_ref()).is_ok());
    Ok(())
}

async fn myself(api: &Configuration) -> Outcome {
    let member = kept(apis::members_api::members_service_get_myself(api).await)?;
    ensure!(member.email.as_deref() == Some("owner@example.com"));
    Ok(())
}

async fn scopes(program: &Program) -> Outcome {
    let nobody = program.client_of("none");
    let scopes = kept(apis::api_scopes_api::workspace_tokens_service_list_api_scopes(&nobody).await)?;
    ensure!(scopes.scopes.is_some_and(|scopes| scopes.len() >= 29));
    Ok(())
}

async fn token(program: &Program, api: &Configuration) -> Outcome {
    let asked = of(json!({
        "keyType": "WORKSPACE_TOKEN_KEY_TYPE_SECRET", "name": "reader", "scopes": ["API_SCOPE_LINKS_READ"],
    }))?;
    let made = kept(apis::workspace_tokens_api::workspace_tokens_service_create(api, asked, None).await)?;
    let reader = program.client_of(&text(made.access_token.as_ref())?);
    let link = models::CreateLinkRequest::new("https://example.com".into());
    let answer = apis::links_api::links_service_create(&reader, link, None).await;
    ensure!(refused(answer)?.0 == 403);
    Ok(())
}

async fn create(api: &Configuration, made: &mut Made) -> Outcome {
    let mut asked: models::CreateLinkRequest = of(json!({
        "destination": "https://example.com/menu", "name": "Menu", "tags": ["print"],
        "metadata": {"table": "7"}, "conversionTracking": true,
    }))?;
    let first = kept(apis::links_api::links_service_create(api, asked.clone(), Some("menu-1")).await)?;
    let again = kept(apis::links_api::links_service_create(api, asked.clone(), Some("menu-1")).await)?;
    made.link = *first.link.context("no link")?;
    ensure!(again.link.context("no link")?.id == made.link.id, "a retry made a second link");
    ensure!(first.workflow_steps.is_some_and(|steps| steps.len() == 2));
    ensure!(made.link.event_count == Some(0) && made.link.qrcode_enabled == Some(true));
    asked.destination = "https://example.com/other".into();
    ensure!(refused(apis::links_api::links_service_create(api, asked, Some("menu-1")).await)?.0 == 422);
    Ok(())
}

async fn get(api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let include = ["tags", "qrcodeDesign", "qrcodeSignedUrl"].map(str::to_owned).to_vec();
    let full =
        kept(apis::links_api::links_service_get(api, &id, Some(include)).await)?.link.context("no link")?;
    ensure!(full.tags.is_some_and(|tags| tags.len() == 1) && full.qrcode_design.is_some());
    ensure!(full.qrcode_signed_url.is_some());
    let bare = kept(apis::links_api::links_service_get(api, &id, None).await)?.link.context("no link")?;
    ensure!(bare.qrcode_design.is_none());
    Ok(())
}

async fn list(api: &Configuration, made: &Made) -> Outcome {
    let other = models::CreateLinkRequest::new("https://example.com/second".into());
    kept(apis::links_api::links_service_create(api, other, None).await)?;
    let sort = Some("LINK_SORT_FIELD_CREATED_AT");
    let page = |token: Option<String>| async move {
        let token = token.as_deref();
        apis::links_api::links_service_list(api, 1, token, None, None, None, sort, None, None, None, None)
            .await
    };
    let (mut token, mut ids) = (None, Vec::new());
    loop {
        let answer = kept(page(token).await)?;
        ids.extend(answer.links.unwrap_or_default().into_iter().filter_map(|link| link.id));
        match answer.next_page_token.filter(|token| !token.is_empty()) {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    ensure!(ids.len() == 2 && ids.contains(&text(made.link.id.as_ref())?), "{ids:?}");
    Ok(())
}

async fn update(api: &Configuration, made: &mut Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let asked = of(json!({"name": "Lunch menu", "tagsDelete": true}))?;
    kept(apis::links_api::links_service_update(api, &id, asked, None).await)?;
    let link = kept(apis::links_api::links_service_get(api, &id, Some(vec!["tags".into()])).await)?;
    made.link = *link.link.context("no link")?;
    ensure!(made.link.name.as_deref() == Some("Lunch menu"));
    ensure!(made.link.tags.as_ref().is_none_or(Vec::is_empty));
    Ok(())
}

fn two() -> Vec<models::CreateLinkRequest> {
    ["https://example.com/a", "https://example.com/b"]
        .map(|to| models::CreateLinkRequest::new(to.into()))
        .to_vec()
}

async fn bulk(api: &Configuration) -> Outcome {
    let asked = models::CreateBulkLinksRequest::new(two());
    let answer = kept(apis::links_api::links_service_create_bulk(api, asked, None).await)?;
    ensure!(answer.links.is_some_and(|links| links.len() == 2));
    Ok(())
}

async fn batch(api: &Configuration) -> Outcome {
    let answer = kept(apis::links_api::links_service_create_batch(api, two(), None).await)?;
    ensure!(answer.links.is_some_and(|links| links.len() == 2));
    let mut bad = two();
    bad[1].destination = "no address".into();
    ensure!(refused(apis::links_api::links_service_create_batch(api, bad, None).await)?.0 == 400);
    Ok(())
}

async fn bulk_async(api: &Configuration, made: &mut Made) -> Outcome {
    let asked = models::CreateBulkLinksRequest::new(two());
    let job = kept(apis::links_api::links_service_create_bulk_async(api, asked, None).await)?;
    made.job = text(job.id.as_ref())?;
    ensure!(job.item_count == Some(2));
    Ok(())
}

async fn job(api: &Configuration, made: &Made) -> Outcome {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let job = seen(&kept(apis::jobs_api::jobs_service_get(api, &made.job).await)?);
        if job["status"] == "JOB_STATUS_SUCCEEDED" {
            ensure!(job["linksBulkCreate"]["linkIds"].as_array().is_some_and(|ids| ids.len() == 2), "{job}");
            return Ok(());
        }
        ensure!(Instant::now() < until, "the job does not end: {job}");
    }
}

async fn contact(api: &Configuration) -> Outcome {
    let asked = of(json!({"vcardData": {"firstName": "Ada", "email": "ada@example.com"}}))?;
    let answer = kept(apis::links_api::links_service_create_contact_link(api, asked, None).await)?;
    ensure!(answer.link.is_some());
    Ok(())
}

async fn thanks(api: &Configuration) -> Outcome {
    let asked = models::CreateThankYouLinkRequest::new("Thank you".into());
    let answer = kept(apis::links_api::links_service_create_thank_you_link(api, asked, None).await)?;
    ensure!(answer.link.is_some());
    Ok(())
}

async fn slugs(api: &Configuration, made: &Made) -> Outcome {
    let free = async |slug: &str| {
        kept(apis::links_api::links_service_shortlink_availability(api, Some(slug), None).await)
    };
    ensure!(free(&text(made.link.shortlink.as_ref())?).await?.available == Some(false));
    let random = kept(apis::links_api::links_service_shortlink_random(api).await)?;
    ensure!(free(&text(random.shortlink.as_ref())?).await?.available == Some(true));
    Ok(())
}

async fn images(api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let unknown = "00000000-0000-4000-8000-000000000000".to_owned();
    let asked = models::ResolveQrcodeImagesRequest::new(vec![id.clone(), unknown.clone()]);
    let answer = kept(apis::links_api::links_service_resolve_qrcode_images(api, asked, None).await)?;
    let answer = seen(&answer).to_string();
    ensure!(answer.contains(&id) && !answer.contains(&unknown), "{answer}");
    Ok(())
}

async fn steps(api: &Configuration, made: &mut Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let steps = apis::workflow_steps_api::workflow_steps_service_list(api, &id, None, None, None).await;
    made.steps = kept(steps)?.workflow_steps.unwrap_or_default();
    ensure!(made.steps.len() == 2);
    Ok(())
}

async fn form(api: &Configuration, made: &mut Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let asked = of(json!({
        "eventAction": "EVENT_ACTION_FORM_SUBMIT",
        "insertBefore": made.steps.get(1).and_then(|step| step.id.clone()),
        "payload": {"form": {"formTitle": "Newsletter", "formFields": [
            {"key": "email", "label": "E-mail", "type": "FORM_FIELD_TYPE_EMAIL", "required": true},
        ]}},
    }))?;
    let answer = kept(apis::workflow_steps_api::workflow_steps_service_create(api, &id, asked, None).await)?;
    let step = answer.workflow_step.context("no step")?;
    let shown = seen(&step);
    ensure!(shown["kind"] == "KIND_INTERACTION" && shown["branches"][0]["branchId"] == "next", "{shown}");
    // It goes again: the scans of this story lead straight on.
    let step = text(step.id.as_ref())?;
    kept(apis::workflow_steps_api::workflow_steps_service_delete(api, &id, &step).await)?;
    steps(api, made).await?;
    let (entry, exit) = (text(made.steps[0].id.as_ref())?, text(made.steps[1].id.as_ref())?);
    let asked = of(json!({"nextStepId": exit}))?;
    let to =
        apis::workflow_steps_api::workflow_steps_service_connect_step(api, &id, &entry, "next", asked, None);
    kept(to.await).map(drop)
}

async fn condition(api: &Configuration, made: &mut Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let asked = of(json!({
        "eventAction": "EVENT_ACTION_COUNTRY_CONDITION",
        "payload": {"countryCondition": {"countries": [{"countryCode": "FR"}]}},
    }))?;
    let answer = kept(apis::workflow_steps_api::workflow_steps_service_create(api, &id, asked, None).await)?;
    let step = answer.workflow_step.context("no step")?;
    ensure!(seen(&step)["kind"] == "KIND_CONDITION");
    made.condition = text(step.id.as_ref())?;
    Ok(())
}

async fn connect(api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let exit = made.steps.get(1).and_then(|step| step.id.clone());
    let asked = of(json!({"nextStepId": exit}))?;
    let step = &made.condition;
    let answer =
        apis::workflow_steps_api::workflow_steps_service_connect_step(api, &id, step, "FR", asked, None)
            .await;
    let answer = seen(&kept(answer)?);
    ensure!(answer["unconnectedBranchIds"] == json!(["else"]), "{answer}");
    for _ in 0..2 {
        kept(apis::workflow_steps_api::workflow_steps_service_disconnect_step(api, &id, step, "FR").await)?;
    }
    Ok(())
}

async fn validate(api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let issues = kept(apis::workflow_steps_api::workflow_steps_service_validate_workflow(api, &id).await)?;
    ensure!(!issues.issues.unwrap_or_default().is_empty(), "a step that nothing leads to is no issue");
    kept(apis::workflow_steps_api::workflow_steps_service_delete(api, &id, &made.condition).await).map(drop)
}

async fn events(program: &Program, api: &Configuration, made: &mut Made) -> Outcome {
    let (id, entrypoint) = (text(made.link.id.as_ref())?, text(made.link.entrypoint.as_ref())?);
    for _ in 0..2 {
        let (status, location) = program.scan(&entrypoint).await?;
        ensure!(status == 302 && location.starts_with("https://example.com/menu"), "{status} {location}");
        made.lbid = location.split_once("lbid=").context("no lbid")?.1.to_owned();
    }
    let until = Instant::now() + Duration::from_secs(20);
    let include = ["device", "visitor", "journey"].map(str::to_owned).to_vec();
    loop {
        let (id, include) = (Some(id.as_str()), Some(include.clone()));
        let answer = apis::events_api::events_service_list_events(
            api, id, None, None, None, None, None, include, None, None, None, None, None,
        );
        let answer = seen(&kept(answer.await)?);
        let events = answer["json"]["events"].as_array().cloned().unwrap_or_default();
        if events.len() == 2 {
            ensure!(events[1]["visitType"] == "VISIT_TYPE_FIRST", "{answer}");
            ensure!(events[0]["visitType"] == "VISIT_TYPE_RETURNING", "{answer}");
            ensure!(events[0]["device"]["deviceActor"] == "DEVICE_ACTOR_HUMAN", "{answer}");
            made.event = events[0]["id"].as_str().unwrap_or_default().to_owned();
            ensure!(made.event == made.lbid, "the click id is the newest event's");
            return Ok(());
        }
        ensure!(Instant::now() < until, "the events do not come: {answer}");
    }
}

async fn csv(api: &Configuration, made: &Made) -> Outcome {
    let id = made.link.id.as_deref();
    let format = Some("RESPONSE_FORMAT_CSV");
    let answer = apis::events_api::events_service_list_events(
        api, id, None, None, format, None, None, None, None, None, None, None, None,
    );
    let answer = seen(&kept(answer.await)?);
    let lines = answer["csv"]["csvData"].as_str().unwrap_or_default().lines().count();
    ensure!(lines == 3, "{answer}");
    Ok(())
}

async fn traces(api: &Configuration, made: &Made) -> Outcome {
    let traces = kept(apis::events_api::events_service_list_event_traces(api, &made.event).await)?;
    let traces = seen(&traces);
    ensure!(traces["traces"][0]["stepAction"] == "EVENT_ACTION_LINK_VISIT", "{traces}");
    ensure!(traces["traces"].as_array().is_some_and(|traces| traces.len() == 2), "{traces}");
    Ok(())
}

async fn identify(api: &Configuration, made: &mut Made) -> Outcome {
    let data = json!({"$email": "ada@example.com", "plan": "pro", "n": 3});
    let asked = of(json!({"lbid": made.lbid, "visitor": {"data": data}}))?;
    let answer = kept(apis::visitors_api::visitors_service_identify(api, asked, None).await)?;
    ensure!(answer.created == Some(true));
    made.visitor = text(answer.visitor.context("no visitor")?.id.as_ref())?;
    let asked = of(json!({"lbid": made.lbid, "setOnce": true, "visitor": {"data": {"plan": "free"}}}))?;
    let again = kept(apis::visitors_api::visitors_service_identify(api, asked, None).await)?;
    ensure!(seen(&again).to_string().contains("pro") && again.created == Some(false));
    Ok(())
}

async fn visitor(api: &Configuration, made: &Made) -> Outcome {
    let include = ["devices", "events", "links"].map(str::to_owned).to_vec();
    let visitor = apis::visitors_api::visitors_service_get(api, &made.visitor, Some(include)).await;
    let visitor = kept(visitor)?;
    ensure!(visitor.email.as_deref() == Some("ada@example.com"));
    Ok(())
}

async fn search(api: &Configuration, made: &Made) -> Outcome {
    let filter = json!({"key": "n", "value": "3",
        "operator": "VISITOR_ATTRIBUTE_FILTER_OPERATOR_NUMBER_GREATER_OR_EQUAL"});
    let asked = of(json!({"attributeFilters": [filter]}))?;
    let found = seen(&kept(apis::visitors_api::visitors_service_search(api, asked, None).await)?);
    ensure!(found["json"]["visitors"][0]["id"] == made.visitor.as_str(), "{found}");
    let asked = of(json!({"attributeFilters": vec![filter; 21]}))?;
    ensure!(refused(apis::visitors_api::visitors_service_search(api, asked, None).await)?.0 == 400);
    Ok(())
}

async fn attributes(api: &Configuration, made: &Made) -> Outcome {
    let asked = of(json!({"visitor": {"data": {"plan": "team"}}}))?;
    kept(apis::visitors_api::visitors_service_update(api, &made.visitor, asked, None).await)?;
    let keys = apis::visitors_api::visitors_service_list_attribute_keys(api, None, None, None, None).await;
    ensure!(kept(keys)?.attribute_keys.is_some_and(|keys| keys.iter().any(|key| key == "$email")));
    let gone = apis::visitors_api::visitors_service_delete_attribute(api, &made.visitor, "plan").await;
    ensure!(kept(gone)?.success == Some(true));
    Ok(())
}

async fn metrics(api: &Configuration) -> Outcome {
    let scans = apis::workspace_metrics_api::metrics_service_get_events_metric(
        api, None, None, None, None, None, None,
    );
    ensure!(seen(&kept(scans.await)?)["totalEvents"] == 2);
    let workspace = kept(apis::workspace_metrics_api::metrics_service_get_workspace_metric(api).await)?;
    ensure!(seen(&workspace)["totalLinks"].as_i64().is_some_and(|links| links > 5));
    Ok(())
}

async fn series(api: &Configuration) -> Outcome {
    let asked = of(json!({"intervalInMinutes": 60}))?;
    let answer = apis::time_series_api::time_series_service_get_events_time_series(api, asked, None).await;
    let answer = seen(&kept(answer)?);
    let data = answer["timeSeries"]["data"].as_array().cloned().unwrap_or_default();
    let sum: i64 = data.iter().filter_map(|bucket| bucket["eventCount"].as_i64()).sum();
    ensure!(sum == 2, "{answer}");
    Ok(())
}

async fn breakdowns(api: &Configuration) -> Outcome {
    use apis::analytics_data_api as data;
    let asked = of(json!({"dimension": "browser"}))?;
    let answer = seen(&kept(data::analytics_data_service_get_breakdown(api, asked, None).await)?);
    ensure!(answer.to_string().contains("Safari"), "{answer}");
    kept(
        data::analytics_data_service_get_geo_breakdown(api, of(json!({"groupBy": "country"}))?, None).await,
    )?;
    kept(data::analytics_data_service_get_device_distribution(api, of(json!({}))?, None).await)?;
    kept(data::analytics_data_service_get_hour_of_day_distribution(api, of(json!({}))?, None).await)?;
    kept(data::analytics_data_service_get_top_links(api, of(json!({}))?, None).await)?;
    kept(data::analytics_data_service_get_visitor_trends(api, of(json!({}))?, None).await)?;
    Ok(())
}

async fn webhook(program: &Program, api: &Configuration, made: &Made) -> Outcome {
    use apis::webhooks_api as hooks;
    let receiver = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", receiver.local_addr()?);
    let asked = of(json!({"name": "CRM", "endpointUrl": url, "triggers": ["KIND_EXIT"]}))?;
    let hook = kept(hooks::webhooks_service_create(api, asked, None).await)?.webhook.context("no webhook")?;
    let id = text(hook.id.as_ref())?;
    program.scan(&text(made.link.entrypoint.as_ref())?).await?;
    let (mut stream, _) = tokio::time::timeout(Duration::from_secs(20), receiver.accept()).await??;
    let mut told = Vec::new();
    while !String::from_utf8_lossy(&told).contains("\r\n\r\n") {
        ensure!(stream.read_buf(&mut told).await? > 0, "it hung up");
    }
    let head = String::from_utf8_lossy(&told).to_ascii_lowercase();
    ensure!(head.contains("webhook-signature: v1,") && head.contains("webhook-id: "), "{head}");
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await?;
    drop(stream);
    let until = Instant::now() + Duration::from_secs(20);
    while kept(hooks::webhooks_service_get(api, &id).await)?.webhook.and_then(|hook| hook.success_count)
        != Some(1)
    {
        ensure!(Instant::now() < until, "the delivery does not count");
    }
    let asked = of(json!({"status": "WEBHOOK_STATUS_PAUSED"}))?;
    kept(hooks::webhooks_service_update(api, &id, asked, None).await)?;
    kept(hooks::webhooks_service_delete(api, &id).await).map(drop)
}

async fn folders(api: &Configuration) -> Outcome {
    use apis::directories_api as folders;
    let make = async |fields: Value| -> anyhow::Result<models::Directory> {
        let answer = kept(folders::directories_service_create(api, of(fields)?, None).await)?;
        Ok(*answer.directory.context("no folder")?)
    };
    let outer = text(make(json!({"name": "Tour"})).await?.id.as_ref())?;
    let inner = make(json!({"name": "Vienna", "parentDirectoryId": outer})).await?;
    ensure!(inner.path.as_deref() == Some("Tour/Vienna"));
    let all = folders::directories_service_list(api, 10, None, None, None, None, Some(true), None).await;
    ensure!(seen(&kept(all)?)["directories"].as_array().is_some_and(|all| all.len() == 2));
    ensure!(refused(folders::directories_service_delete(api, &outer).await)?.0 == 412);
    kept(folders::directories_service_delete(api, &text(inner.id.as_ref())?).await)?;
    kept(folders::directories_service_delete(api, &outer).await).map(drop)
}

async fn domains(api: &Configuration) -> Outcome {
    use apis::custom_domains_api as domains;
    let asked = of(json!({"name": "go.example.com"}))?;
    let domain = kept(domains::custom_domains_service_create(api, asked, None).await)?.custom_domain;
    let id = text(domain.context("no domain")?.id.as_ref())?;
    kept(domains::custom_domains_service_validation_instructions(api, &id).await)?;
    kept(domains::custom_domains_service_get_setup_guide(api, &id).await)?;
    kept(domains::custom_domains_service_list(api, None, None, None, None).await)?;
    kept(domains::custom_domains_service_delete(api, &id).await).map(drop)
}

async fn design(api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    let include = Some(vec!["qrcodeDesign".to_owned()]);
    let link = kept(apis::links_api::links_service_get(api, &id, include).await)?.link.context("no link")?;
    let design = text(link.qrcode_design.context("no design")?.id.as_ref())?;
    let got = kept(apis::qr_code_designs_api::qrcode_design_service_get(api, &design).await)?;
    ensure!(got.qrcode_design.is_some());
    Ok(())
}

async fn tags(api: &Configuration) -> Outcome {
    let all = seen(&kept(apis::tags_api::tags_service_list(api, 10, None, None, None).await)?);
    ensure!(all["tags"][0]["name"] == "print", "{all}");
    kept(apis::tags_api::tags_service_delete(api, "print").await).map(drop)
}

async fn settings(api: &Configuration) -> Outcome {
    use apis::link_settings_api as settings;
    let workspace = kept(apis::workspaces_api::workspaces_service_get_my_workspace(api).await)?;
    let id = text(workspace.link_setting_id.as_ref())?;
    let asked = of(json!({"dataCollection": "DATA_COLLECTION_BASIC"}))?;
    kept(settings::settings_service_update_link_setting(api, &id, asked, None).await)?;
    let got = seen(&kept(settings::settings_service_get_link_setting(api, &id).await)?);
    ensure!(got["linkSetting"]["dataCollection"] == "DATA_COLLECTION_BASIC", "{got}");
    Ok(())
}

async fn members(api: &Configuration) -> Outcome {
    use apis::members_api as members;
    let asked = of(json!({"email": "tech@example.com", "firstName": "Tess", "lastName": "Tech"}))?;
    let member = kept(members::members_service_invite(api, asked, None).await)?;
    let id = text(member.id.as_ref())?;
    kept(members::members_service_revoke_access(api, &id, json!({}), None).await)?;
    kept(members::members_service_allow_access(api, &id, json!({}), None).await)?;
    let all = seen(&kept(members::members_service_list(api, None, None, None).await)?);
    ensure!(all["members"].as_array().is_some_and(|members| !members.is_empty()), "{all}");
    Ok(())
}

async fn files(api: &Configuration) -> Outcome {
    let asked: models::CreateMediaRequest = of(json!({"fileData": PIXEL, "fileName": "dot.png"}))?;
    let made = kept(apis::media_api::media_service_create(api, asked.clone(), None).await)?;
    ensure!(made.media.is_some());
    ensure!(refused(apis::media_api::media_service_create(api, asked, None).await)?.0 == 409);
    Ok(())
}

async fn delete(program: &Program, api: &Configuration, made: &Made) -> Outcome {
    let id = text(made.link.id.as_ref())?;
    kept(apis::links_api::links_service_delete(api, &id).await)?;
    ensure!(refused(apis::links_api::links_service_get(api, &id, None).await)?.0 == 404);
    ensure!(refused(apis::links_api::links_service_delete(api, &id).await)?.0 == 404);
    let stranger = program.client_of("sk_live_wrong");
    ensure!(refused(apis::links_api::links_service_get(&stranger, &id, None).await)?.0 == 401);
    Ok(())
}
