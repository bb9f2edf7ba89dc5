"""The unmodified Linkbreakers SDK (PyPI `linkbreakers`) against the real program, on loopback and with fresh data.

    python linkbreakers_sdk.py BINARY

Makes the 44 calls of a team that moves over, in order, each checked. What is not built yet stands in WAITS by number, with
the part it waits for; everything else has to pass. The last line is "N of 44 passed, M failed, K wait"; the exit status
is 1 if anything failed, or passed although it is said to wait: then take it out of WAITS.
"""

import datetime
import http.client
import http.server
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

import linkbreakers as sdk
import zxingcpp
from linkbreakers import exceptions
from PIL import Image

# Number -> the part it waits for.
WAITS = {
}

TOKEN = "sk_live_of_the_linkbreakers_scenario"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
NOBODY = "00000000-0000-4000-8000-000000000000"
LIMITS = [
    "RateLimit-Policy", "RateLimit", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
    "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",
]

CALLS = []


def call(number, what):
    def note(function):
        CALLS.append((number, what, function))
        return function
    return note


def eventually(what, look, seconds=20):
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.02)


def refused(kind, function, *arguments, status=None, **named):
    """The error that a call has to answer with."""
    try:
        function(*arguments, **named)
    except kind as error:
        if status is not None:
            assert error.status == status, error.status
        body = json.loads(error.body)
        for field in ("code", "codeType", "details", "message"):
            assert field in body, body
        assert body["code"] == error.status and body["message"], body
        return body
    raise AssertionError(f"{function.__name__} was not refused")


def header(answer, name):
    """A header of an answer or an error of the SDK, whose names are spelled as they came."""
    return {known.lower(): value for known, value in answer.headers.items()}.get(name.lower())


class World:
    """The server's address, the SDK's clients, and what earlier calls made."""

    def __init__(self, host):
        self.host = host
        self.client = self.of(TOKEN)
        api = lambda name: getattr(sdk, name)(self.client)
        self.links, self.steps, self.visitors = api("LinksApi"), api("WorkflowStepsApi"), api("VisitorsApi")
        self.events, self.data, self.tokens = api("EventsApi"), api("AnalyticsDataApi"), api("WorkspaceTokensApi")
        self.members, self.workspaces, self.jobs = api("MembersApi"), api("WorkspacesApi"), api("JobsApi")
        self.directories, self.domains, self.tags = api("DirectoriesApi"), api("CustomDomainsApi"), api("TagsApi")
        self.settings, self.media, self.hooks = api("LinkSettingsApi"), api("MediaApi"), api("WebhooksApi")
        self.metrics, self.series = api("WorkspaceMetricsApi"), api("TimeSeriesApi")
        self.designs, self.templates = api("QRCodeDesignsApi"), api("QRCodeTemplatesApi")
        self.dashboards = api("AnalyticsDashboardApi")

    def of(self, token):
        return sdk.ApiClient(sdk.Configuration(access_token=token, host=self.host))

    def scan(self, url):
        """Status, headers and body of a phone's request; redirects are not followed."""
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"User-Agent": IPHONE, "Accept": "text/html"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


def today():
    return datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)


@call(1, "the workspace")
def _(w):
    workspace = w.workspaces.workspaces_service_get_my_workspace()
    assert workspace.id and workspace.name and workspace.timezone and workspace.link_setting_id
    w.workspace = workspace


@call(2, "the caller as a member")
def _(w):
    member = w.members.members_service_get_myself()
    assert member.id and member.email == "owner@example.com" and member.role == "ROLE_ADMIN"


@call(3, "scopes, without a token")
def _(w):
    open_client = sdk.ApiClient(sdk.Configuration(access_token="none", host=w.host))
    scopes = sdk.APIScopesApi(open_client).workspace_tokens_service_list_api_scopes().scopes
    assert len(scopes) == 29
    for scope in scopes:
        assert scope.scope and scope.name and scope.resource and scope.access and scope.description


@call(4, "a token with one scope")
def _(w):
    made = w.tokens.workspace_tokens_service_create(sdk.CreateWorkspaceTokenRequest(
        key_type="WORKSPACE_TOKEN_KEY_TYPE_SECRET", name="t", scopes=["API_SCOPE_LINKS_READ"]))
    assert made.access_token and made.token.id and made.token.full_access is False
    assert made.token.key_type == "WORKSPACE_TOKEN_KEY_TYPE_SECRET" and made.token.scopes == ["API_SCOPE_LINKS_READ"]
    w.reader = made.access_token


@call(5, "that token makes no link")
def _(w):
    links = sdk.LinksApi(w.of(w.reader))
    refused(exceptions.ForbiddenException, links.links_service_create,
            sdk.CreateLinkRequest(destination="https://example.com"))


def first_link():
    return sdk.CreateLinkRequest(destination="https://example.com", name="n", tags=["t"], metadata={"k": "v"})


@call(6, "a link")
def _(w):
    made = w.links.links_service_create(first_link(), idempotency_key="k1")
    link, (entry, leave) = made.link, made.workflow_steps
    assert link.id and link.shortlink and link.entrypoint and link.event_count == 0 and link.qrcode_enabled is True
    assert entry.kind == "KIND_ENTRY" and leave.kind == "KIND_EXIT"
    assert entry.branches[0].next_step_id == leave.id
    w.link, w.entry, w.leave = link, entry, leave


@call(7, "the same key makes no second link")
def _(w):
    again = w.links.links_service_create_with_http_info(first_link(), idempotency_key="k1")
    assert again.data.link.id == w.link.id
    assert header(again, "Idempotent-Replayed") == "true"
    refused(exceptions.UnprocessableEntityException, w.links.links_service_create,
            sdk.CreateLinkRequest(destination="https://example.org"), idempotency_key="k1")


@call(8, "includes of a link")
def _(w):
    link = w.links.links_service_get(w.link.id, include=["tags", "qrcodeDesign", "qrcodeSignedUrl"]).link
    assert [tag.name for tag in link.tags] == ["t"] and link.tags[0].id
    assert link.qrcode_design.id == link.qrcode_design_id and link.qrcode_signed_url
    bare = w.links.links_service_get(w.link.id).link
    assert bare.tags is None and bare.qrcode_design is None and bare.qrcode_signed_url is None


@call(9, "pages of links")
def _(w):
    second = w.links.links_service_create(sdk.CreateLinkRequest(destination="https://example.com/2", tags=["t"])).link
    page = w.links.links_service_list(page_size=1, tags=["t"], sort_by="LINK_SORT_FIELD_CREATED_AT")
    assert len(page.links) == 1 and page.total_count == 2 and page.next_page_token
    asked = dict(page_size=1, tags=["t"], sort_by="LINK_SORT_FIELD_CREATED_AT")
    for way in ({"page_token": page.next_page_token}, {"cursor": page.next_page_token}):
        other = w.links.links_service_list(**asked, **way)
        assert {page.links[0].id, other.links[0].id} == {w.link.id, second.id}
        assert not other.next_page_token
    # A link made in between is neither shown twice nor moves another away.
    w.links.links_service_create(sdk.CreateLinkRequest(destination="https://example.com/3", tags=["t"]))
    other = w.links.links_service_list(**asked, page_token=page.next_page_token)
    assert other.links[0].id == w.link.id


@call(10, "a change of a link")
def _(w):
    w.links.links_service_update(w.link.id, sdk.LinksServiceUpdateBody(name="z", tags_delete=True))
    link = w.links.links_service_get(w.link.id, include=["tags"]).link
    assert link.name == "z" and link.tags == [] and link.metadata == {"k": "v"}


@call(11, "links in bulk")
def _(w):
    made = w.links.links_service_create_bulk(sdk.CreateBulkLinksRequest(links=[
        sdk.CreateLinkRequest(destination="https://example.com/a", name="a"),
        sdk.CreateLinkRequest(destination="https://example.com/b", name="b")])).links
    assert [link.name for link in made] == ["a", "b"]
    status, headers, _ = w.scan(made[1].entrypoint)
    assert status == 302 and headers["Location"] == "https://example.com/b"


@call(12, "a batch, and what is refused whole")
def _(w):
    one = w.links.links_service_create_batch([sdk.CreateLinkRequest(destination="https://example.com/c", name="c")])
    assert [link.name for link in one.links] == ["c"]
    before = w.links.links_service_list(page_size=1).total_count
    good = sdk.CreateLinkRequest(destination="https://example.com/")
    bad = [good, sdk.CreateLinkRequest(destination="no address at all")]
    body = refused(exceptions.BadRequestException, w.links.links_service_create_bulk,
                   sdk.CreateBulkLinksRequest(links=bad))
    assert body["details"][0]["field"] == "/links/1/destination", body
    refused(exceptions.ApiException, w.links.links_service_create_bulk,
            sdk.CreateBulkLinksRequest(links=[good] * 251), status=400)
    assert w.links.links_service_list(page_size=1).total_count == before


@call(13, "links in the background")
def _(w):
    asked = sdk.CreateBulkLinksRequest(links=[
        sdk.CreateLinkRequest(destination="https://example.com/d"),
        sdk.CreateLinkRequest(destination="https://example.com/e")])
    answer = w.links.links_service_create_bulk_async_with_http_info(asked)
    job = answer.data
    assert answer.status_code == 202 and job.id and job.item_count == 2 and job.type == "JOB_TYPE_LINKS_BULK_CREATE"
    assert job.status in ("JOB_STATUS_PENDING", "JOB_STATUS_RUNNING", "JOB_STATUS_SUCCEEDED")
    assert job.status_url and header(answer, "Location") == job.status_url
    w.job = job


@call(14, "the job, until it is done")
def _(w):
    job = eventually("the job", lambda: (
        lambda job: job if job.status == "JOB_STATUS_SUCCEEDED" else None)(w.jobs.jobs_service_get(w.job.id)))
    ids = job.links_bulk_create.link_ids
    assert len(ids) == 2 and w.links.links_service_get(ids[1]).link.id == ids[1]


@call(15, "a contact card's link")
def _(w):
    made = w.links.links_service_create_contact_link(sdk.CreateContactLinkRequest(
        vcard_data=sdk.VCardData(first_name="A", email="a@b.c")))
    steps = w.steps.workflow_steps_service_list(made.link.id).workflow_steps
    assert steps[-1].event_action == "EVENT_ACTION_CONTACT_CARD"
    assert steps[-1].payload.vcard.first_name == "A" and steps[-1].payload.vcard.email == "a@b.c"


@call(16, "a thank-you page's link")
def _(w):
    made = w.links.links_service_create_thank_you_link(sdk.CreateThankYouLinkRequest(title="Thanks"))
    steps = w.steps.workflow_steps_service_list(made.link.id).workflow_steps
    assert steps[-1].event_action == "EVENT_ACTION_THANK_YOU_PAGE"
    assert steps[-1].payload.thank_you_page.title == "Thanks"


@call(17, "free slugs")
def _(w):
    assert w.links.links_service_shortlink_availability(shortlink=w.link.shortlink).available is False
    drawn = w.links.links_service_shortlink_random().shortlink
    assert w.links.links_service_shortlink_availability(shortlink=drawn).available is True


@call(18, "images of codes")
def _(w):
    urls = w.links.links_service_resolve_qrcode_images(
        sdk.ResolveQrcodeImagesRequest(link_ids=[w.link.id, NOBODY])).qrcode_signed_urls
    assert list(urls) == [w.link.id]
    status, _, image = w.scan(urls[w.link.id])
    assert status == 200
    text = zxingcpp.read_barcode(Image.open(io.BytesIO(image))).text
    # A code holds the link's address upper-cased, with the mark of a scan.
    assert text.lower() == w.link.entrypoint.lower().replace(f"/{w.link.shortlink.lower()}",
                                                             f"/q/{w.link.shortlink.lower()}"), text


@call(19, "steps of a link")
def _(w):
    page = w.steps.workflow_steps_service_list(w.link.id)
    assert page.total_count == 2 and [step.id for step in page.workflow_steps] == [w.entry.id, w.leave.id]


@call(20, "a form before the exit")
def _(w):
    payload = sdk.WorkflowStepPayload(form=sdk.FormPayload(form_title="F", form_fields=[
        sdk.FormField(key="email", type="FORM_FIELD_TYPE_EMAIL", required=True)]))
    w.other = w.links.links_service_create(sdk.CreateLinkRequest(destination="https://example.com/other"))
    link, leave = w.other.link.id, w.other.workflow_steps[1].id
    step = w.steps.workflow_steps_service_create(link, sdk.WorkflowStepsServiceCreateBody(
        event_action="EVENT_ACTION_FORM_SUBMIT", payload=payload, insert_before=leave)).workflow_step
    assert step.kind == "KIND_INTERACTION" and step.node_type == "NODE_TYPE_ATOMIC" and step.renders_page is True
    assert [(b.branch_id, b.next_step_id) for b in step.branches] == [("next", leave)]


@call(21, "a condition on the country")
def _(w):
    payload = sdk.WorkflowStepPayload(
        country_condition=sdk.CountryConditionPayload.from_dict({"countries": [{"countryCode": "FR"}]}))
    step = w.steps.workflow_steps_service_create(w.other.link.id, sdk.WorkflowStepsServiceCreateBody(
        event_action="EVENT_ACTION_COUNTRY_CONDITION", payload=payload)).workflow_step
    assert step.kind == "KIND_CONDITION" and step.node_type == "NODE_TYPE_COMPOSITE"
    assert [b.branch_id for b in step.branches] == ["FR", "else"]
    w.condition = step


@call(22, "a branch is connected")
def _(w):
    answer = w.steps.workflow_steps_service_connect_step(
        w.other.link.id, w.condition.id, "FR",
        sdk.WorkflowStepsServiceConnectStepBody(next_step_id=w.other.workflow_steps[1].id))
    assert answer.workflow_step.id == w.condition.id and answer.unconnected_branch_ids == ["else"]
    assert answer.disconnected_steps is not None


@call(23, "and let go, twice")
def _(w):
    for _ in range(2):
        answer = w.steps.workflow_steps_service_disconnect_step(w.other.link.id, w.condition.id, "FR")
        assert answer.workflow_step.id == w.condition.id and "FR" in answer.unconnected_branch_ids


@call(24, "another destination")
def _(w):
    new = "https://example.com/new"
    step = w.steps.workflow_steps_service_update(w.link.id, w.leave.id, sdk.WorkflowStepsServiceUpdateBody(
        payload=sdk.WorkflowStepPayload(client_redirect=sdk.ClientRedirectPayload(
            destination=new, conversion_tracking=True)))).workflow_step
    assert step.payload.client_redirect.destination == new
    entry = w.links.links_service_get(w.link.id).link
    assert entry.event_count == 0


@call(25, "what validation finds")
def _(w):
    for issue in w.steps.workflow_steps_service_validate_workflow(w.other.link.id).issues:
        assert issue.severity and issue.message
    assert w.steps.workflow_steps_service_validate_workflow(w.link.id).issues == []


@call(26, "two scans and their events")
def _(w):
    for _ in range(2):
        status, headers, _ = w.scan(w.link.entrypoint)
        assert status == 302
        parts = urllib.parse.urlsplit(headers["Location"])
        assert parts.geturl().startswith("https://example.com/new")
        w.lbid = urllib.parse.parse_qs(parts.query)["lbid"][0]
    def page():
        found = w.events.events_service_list_events(
            link_id=w.link.id, start_date=today(), include=["device", "visitor", "journey"]).var_json
        return found if len(found.events) == 2 else None
    page = eventually("two events", page)
    assert page.total_count == 2 and page.has_more is False
    newest, oldest = page.events
    assert (oldest.visit_type, newest.visit_type) == ("VISIT_TYPE_FIRST", "VISIT_TYPE_RETURNING")
    assert newest.action == "ACTION_CLICK" and newest.http_method == "HTTP_METHOD_GET"
    assert newest.destination.startswith("https://example.com/new")
    assert newest.destination_action == "EVENT_ACTION_CLIENT_REDIRECT"
    assert newest.device.device_type == "DEVICE_TYPE_MOBILE" and newest.device.device_actor == "DEVICE_ACTOR_HUMAN"
    assert newest.journey.completed is True
    w.event = newest


@call(27, "events as CSV")
def _(w):
    table = w.events.events_service_list_events(link_id=w.link.id, response_format="RESPONSE_FORMAT_CSV").csv
    assert table.content_type.startswith("text/csv")
    lines = table.csv_data.strip().splitlines()
    assert len(lines) == 3 and "id" in lines[0]


@call(28, "traces of an event")
def _(w):
    first, second = w.events.events_service_list_event_traces(w.event.id).traces
    assert first.step_action == "EVENT_ACTION_LINK_VISIT" and first.step_data.entry_access
    assert second.step_data.redirect.destination.startswith("https://example.com/new")


@call(29, "a visitor is identified")
def _(w):
    data = {"$email": "a@b.c", "plan": "pro", "n": 3}
    made = w.visitors.visitors_service_identify(
        sdk.IdentifyRequest(lbid=w.lbid, visitor=sdk.VisitorInput(data=data)))
    assert made.visitor.id and made.visitor.email == "a@b.c" and made.created is True
    kept = {a.key: (a.value, a.type) for a in made.visitor.attributes}
    assert kept["plan"] == ("pro", "VISITOR_ATTRIBUTE_TYPE_STRING") and kept["n"][1] == "VISITOR_ATTRIBUTE_TYPE_NUMBER"
    again = w.visitors.visitors_service_identify(sdk.IdentifyRequest(
        lbid=w.lbid, visitor=sdk.VisitorInput(data={"$email": "a@b.c", "plan": "free"}), set_once=True))
    assert again.created is False and again.visitor.id == made.visitor.id
    assert {a.key: a.value for a in again.visitor.attributes}["plan"] == "pro"
    w.visitor = made.visitor.id


@call(30, "a visitor with all of him")
def _(w):
    visitor = w.visitors.visitors_service_get(w.visitor, include=["devices", "events", "links"])
    assert visitor.visit_count >= 1 and visitor.device_count >= 1 and visitor.qrcode_count >= 1
    assert visitor.devices and visitor.events and visitor.links[0].id == w.link.id


@call(31, "visitors by e-mail address")
def _(w):
    page = w.visitors.visitors_service_list(page_size=2, email="a@b.c").var_json
    assert [v.id for v in page.visitors] == [w.visitor] and page.has_more is False and page.total_count == 1


@call(32, "visitors by attribute")
def _(w):
    at_least = sdk.VisitorAttributeFilter(
        key="n", operator="VISITOR_ATTRIBUTE_FILTER_OPERATOR_NUMBER_GREATER_OR_EQUAL", value="3")
    page = w.visitors.visitors_service_search(sdk.ListVisitorsRequest(attribute_filters=[at_least])).var_json
    assert [v.id for v in page.visitors] == [w.visitor]
    refused(exceptions.BadRequestException, w.visitors.visitors_service_search,
            sdk.ListVisitorsRequest(attribute_filters=[at_least] * 21))


@call(33, "a visitor is changed")
def _(w):
    changed = w.visitors.visitors_service_update(
        w.visitor, sdk.VisitorsServiceUpdateBody(visitor=sdk.VisitorInput(data={"plan": "x"})))
    assert {a.key: a.value for a in changed.attributes}["plan"] == "x"
    keys = w.visitors.visitors_service_list_attribute_keys()
    assert "$email" in keys.attribute_keys and "plan" in keys.attribute_keys
    assert {a.key: a.type for a in keys.attributes}["n"] == "VISITOR_ATTRIBUTE_TYPE_NUMBER"
    assert w.visitors.visitors_service_delete_attribute(w.visitor, "plan").success is True


@call(34, "headline figures")
def _(w):
    figures = w.metrics.metrics_service_get_events_metric(start_date=today(), end_date=today() + datetime.timedelta(days=1))
    assert figures.total_events == 3 and figures.top_device_type == "DEVICE_TYPE_MOBILE" and figures.first_at
    workspace = w.metrics.metrics_service_get_workspace_metric()
    assert workspace.total_links >= 9 and workspace.total_events == 3 and workspace.total_members == 1


@call(35, "events over time")
def _(w):
    series = w.series.time_series_service_get_events_time_series(sdk.GetEventsTimeSeriesRequest(
        interval_in_minutes=60, start_date=today(), end_date=today() + datetime.timedelta(days=1))).time_series
    assert series.total_data == 3 and series.total_intervals == len(series.data)
    assert sum(point.event_count for point in series.data) == 3 and series.data[0].timestamp


@call(36, "all breakdowns, and their sums")
def _(w):
    w.data.analytics_data_service_get_grouped_time_series(sdk.GetGroupedTimeSeriesRequest(
        interval_in_minutes=60, group_by="GROUP_BY_DIMENSION_COUNTRY"))
    total = w.metrics.metrics_service_get_events_metric().total_events
    browser = w.data.analytics_data_service_get_breakdown(sdk.GetBreakdownRequest(dimension="browser"))
    assert browser.total == total == sum(row.event_count for row in browser.data)
    geo = w.data.analytics_data_service_get_geo_breakdown(sdk.GetGeoBreakdownRequest(group_by="country"))
    assert geo.total_events == total == sum(row.event_count for row in geo.data)
    devices = w.data.analytics_data_service_get_device_distribution(sdk.GetDeviceDistributionRequest())
    assert devices.total_events == total == sum(row.event_count for row in devices.data)
    top = w.data.analytics_data_service_get_top_links(sdk.GetTopLinksRequest())
    assert top.total_events == total == sum(row.event_count for row in top.data)
    trends = w.data.analytics_data_service_get_visitor_trends(sdk.GetVisitorTrendsRequest(interval_in_minutes=60))
    assert trends.total_new + trends.total_returning == total
    hours = w.data.analytics_data_service_get_hour_of_day_distribution(sdk.GetHourOfDayDistributionRequest())
    assert hours.total_events == total == sum(row.event_count for row in hours.data)


@call(37, "funnel and attributes")
def _(w):
    funnel = w.data.analytics_data_service_get_step_funnel(sdk.GetStepFunnelRequest(link_id=w.link.id))
    assert funnel.entry_visits == 2 and funnel.steps[0].step_action == "EVENT_ACTION_LINK_VISIT"
    figure = w.data.analytics_data_service_get_attribute_metric(sdk.GetAttributeMetricRequest(key="n"))
    assert figure.average_value == 3 and figure.usable_count == 1
    spread = w.data.analytics_data_service_get_attribute_distribution(sdk.GetAttributeDistributionRequest(key="n"))
    assert spread.data[0].visitor_count == 1
    values = w.data.analytics_data_service_get_attribute_values(sdk.GetAttributeValuesRequest(key="n"))
    assert values.data[0].value == "3"


@call(38, "dashboards")
def _(w):
    made = w.dashboards.analytics_dashboard_service_create_dashboard(
        sdk.CreateDashboardRequest(use_default_widgets=True)).dashboard
    assert made.config.grid_columns == 8 and made.config.widgets
    listed = w.dashboards.analytics_dashboard_service_list_dashboards(scope="DASHBOARD_SCOPE_WORKSPACE").dashboards
    assert made.id in [dashboard.id for dashboard in listed]
    for widget in made.config.widgets:
        source = widget.data_source
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(w.host).netloc, timeout=30)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        params = dict(source.params or {})
        if source.uses_interval:
            params["intervalInMinutes"] = 1440
        connection.request(source.method, source.endpoint, json.dumps(params), headers)
        found = json.loads(connection.getresponse().read())
        for part in source.response_data_path.split("."):
            found = found[part]
        assert isinstance(found, list)
    w.dashboards.analytics_dashboard_service_update_dashboard(
        made.id, sdk.AnalyticsDashboardServiceUpdateDashboardBody(name="d"))
    w.dashboards.analytics_dashboard_service_delete_dashboard(made.id)


@call(39, "a webhook hears of a scan")
def _(w):
    heard = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    ear = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=ear.serve_forever, daemon=True).start()
    hook = w.hooks.webhooks_service_create(sdk.CreateWebhookRequest(
        name="h", endpoint_url=f"http://127.0.0.1:{ear.server_port}/", triggers=["KIND_EXIT"])).webhook
    assert hook.status == "WEBHOOK_STATUS_ACTIVE" and hook.success_count == 0
    w.scan(w.link.entrypoint)
    eventually("the delivery", lambda: heard)
    eventually("its success", lambda: w.hooks.webhooks_service_get(hook.id).webhook.success_count == 1)
    assert w.hooks.webhooks_service_get(hook.id).webhook.last_delivered_at
    paused = w.hooks.webhooks_service_update(
        hook.id, sdk.WebhooksServiceUpdateBody(status="WEBHOOK_STATUS_PAUSED")).webhook
    assert paused.status == "WEBHOOK_STATUS_PAUSED"
    assert hook.id in [h.id for h in w.hooks.webhooks_service_list(page_size=10).webhooks]
    w.hooks.webhooks_service_delete(hook.id)


@call(40, "directories")
def _(w):
    outer = w.directories.directories_service_create(sdk.CreateDirectoryRequest(name="a")).directory
    inner = w.directories.directories_service_create(
        sdk.CreateDirectoryRequest(name="b", parent_directory_id=outer.id)).directory
    assert inner.path == "a/b" and inner.parent_directory_id == outer.id
    every = w.directories.directories_service_list(page_size=10, recursive=True).directories
    assert {d.path for d in every} == {"a", "a/b"}
    link = w.links.links_service_create(sdk.CreateLinkRequest(
        destination="https://example.com/in", directory_id=inner.id)).link
    assert link.directory_id == inner.id
    inside = w.links.links_service_list(page_size=10, view="LINK_VIEW_DIRECTORY", directory_id=inner.id)
    assert [l.id for l in inside.links] == [link.id]
    refused(exceptions.ApiException, w.directories.directories_service_delete, outer.id, status=412)
    refused(exceptions.ApiException, w.directories.directories_service_delete, inner.id, status=412)
    w.links.links_service_update(link.id, sdk.LinksServiceUpdateBody(directory_id_delete=True))
    w.directories.directories_service_delete(inner.id)
    renamed = w.directories.directories_service_update(outer.id, sdk.DirectoriesServiceUpdateBody(name="z")).directory
    assert renamed.path == "z"


@call(41, "a domain")
def _(w):
    made = w.domains.custom_domains_service_create(
        sdk.CreateCustomDomainRequest(name="go.quietzone.invalid")).custom_domain
    assert made.status == "STATUS_INACTIVE" and made.name == "go.quietzone.invalid"
    checked = w.domains.custom_domains_service_check(made.id).custom_domain
    assert checked.status != "STATUS_ACTIVE" and checked.last_checked_at and checked.last_error
    validations = w.domains.custom_domains_service_validation_instructions(made.id).validations
    assert {v.type for v in validations} >= {"TYPE_TXT"} and all(v.name and v.value for v in validations)
    guide = w.domains.custom_domains_service_get_setup_guide(made.id).setup_guide
    assert guide.domain == "go.quietzone.invalid" and guide.records
    assert made.id in [d.id for d in w.domains.custom_domains_service_list(page_size=10).custom_domains]
    w.domains.custom_domains_service_delete(made.id)
    refused(exceptions.NotFoundException, w.domains.custom_domains_service_get, made.id)


@call(42, "designs and templates of codes")
def _(w):
    dots = sdk.DotsOptions(type="DOTS_TYPE_ROUNDED", theme_color=sdk.ThemeColor(
        type="THEME_COLOR_TYPE_LINEAR", colors=["#000000", "#1a1a80"], direction="135deg", stops=["0%", "100%"]))
    design = w.designs.qrcode_design_service_update(w.link.qrcode_design_id, sdk.QrcodeDesignServiceUpdateBody(
        dots_options=dots, error_correction_level="H", output_file_format="OUTPUT_FILE_FORMAT_SVG",
        width=600, height=600)).qrcode_design
    assert design.dots_options.type == "DOTS_TYPE_ROUNDED" and design.error_correction_level == "H"
    url = w.links.links_service_get(w.link.id, include=["qrcodeSignedUrl"]).link.qrcode_signed_url
    status, headers, image = w.scan(url)
    assert status == 200 and headers["Content-Type"].startswith("image/svg+xml") and b"<svg" in image
    templates = w.templates.qrcode_templates_service_list_qrcode_templates(scope="QRCODE_TEMPLATE_SCOPE_AVAILABLE")
    assert templates.qrcode_templates and templates.total_count == len(templates.qrcode_templates)
    w.designs.qrcode_design_service_apply_template(sdk.ApplyQrcodeTemplateRequest(
        link_id=w.link.id, qrcode_template_id=templates.qrcode_templates[0].id))
    # A picture in the middle; a template of a look that nobody has, from its making to its end.
    logo = w.designs.qrcode_design_service_update(w.link.qrcode_design_id, sdk.QrcodeDesignServiceUpdateBody(
        central_image_data=PIXEL, central_image_size=0.3, error_correction_level="H")).qrcode_design
    assert logo.central_image_signed_url and logo.central_image_size == 0.3
    fresh = w.designs.qrcode_design_service_public_create(sdk.PublicCreateQrcodeDesignRequest(
        dots_options=sdk.DotsOptions(type="DOTS_TYPE_CLASSY"))).qrcode_design
    made = w.templates.qrcode_templates_service_create_qrcode_template(sdk.CreateQrcodeTemplateRequest(
        name="n", description="d", qrcode_design_id=fresh.id)).qrcode_template
    assert made.owned and not made.built_in and made.thumbnail_signed_url
    got = w.templates.qrcode_templates_service_get_qrcode_template(made.id, include=["qrcodeDesign"])
    assert got.qrcode_design.dots_options.type == "DOTS_TYPE_CLASSY"
    w.templates.qrcode_templates_service_update_qrcode_template(
        made.id, sdk.QrcodeTemplatesServiceUpdateQrcodeTemplateBody(slug="sdk-template"))
    published = w.templates.qrcode_templates_service_publish_qrcode_template(made.id, {}).qrcode_template
    assert published.published_at and published.slug == "sdk-template"
    public = w.templates.qrcode_templates_service_public_get_qrcode_template("sdk-template")
    assert public.name == "n" and not public.built_in
    imported = w.templates.qrcode_templates_service_import_qrcode_template(
        sdk.ImportQrcodeTemplateRequest(slug="sdk-template")).qrcode_template
    assert imported.duplicated_from == made.id
    images = w.templates.qrcode_templates_service_resolve_qrcode_template_images(
        sdk.ResolveQrcodeTemplateImagesRequest(template_ids=[made.id, NOBODY])).thumbnail_signed_urls
    assert list(images) == [made.id] and w.scan(images[made.id])[0] == 200
    dressed = w.links.links_service_create(sdk.CreateLinkRequest(
        destination="https://example.com", qrcode_template_id=made.id)).link
    assert dressed.qrcode_template_id == made.id
    w.templates.qrcode_templates_service_delete_qrcode_template(made.id)
    refused(exceptions.NotFoundException, w.templates.qrcode_templates_service_get_qrcode_template, made.id)
    refused(exceptions.ConflictException, w.designs.qrcode_design_service_delete, w.link.qrcode_design_id)


@call(43, "tags, link settings, members, media")
def _(w):
    tags = w.tags.tags_service_list(page_size=10).tags
    assert "t" in [tag.name for tag in tags]
    w.tags.tags_service_delete(name="t")
    assert "t" not in [tag.name for tag in w.tags.tags_service_list(page_size=10).tags]
    setting = w.settings.settings_service_get_link_setting(w.workspace.link_setting_id).link_setting
    assert setting.id == w.workspace.link_setting_id
    changed = w.settings.settings_service_update_link_setting(
        setting.id, sdk.SettingsServiceUpdateLinkSettingBody(data_collection="DATA_COLLECTION_BASIC")).link_setting
    assert changed.data_collection == "DATA_COLLECTION_BASIC"
    assert len(w.members.members_service_list(page_size=10).members) == 1
    guest = w.members.members_service_invite(sdk.InviteMemberRequest(email="guest@example.com", first_name="G"))
    guest = getattr(guest, "member", guest)
    assert guest.id and guest.email == "guest@example.com"
    assert w.members.members_service_revoke_access(guest.id, {}).access_revoked_at
    assert not w.members.members_service_allow_access(guest.id, {}).access_revoked_at
    upload = sdk.CreateMediaRequest(file_name="dot.png", file_data=PIXEL)
    assert w.media.media_service_create(upload).media.kind == "KIND_IMAGE"
    refused(exceptions.ConflictException, w.media.media_service_create, upload)


@call(44, "the end of a link, and mistakes")
def _(w):
    w.links.links_service_delete(w.link.id)
    refused(exceptions.NotFoundException, w.links.links_service_get, w.link.id)
    stranger = sdk.LinksApi(w.of("sk_live_nobody_ever_made_this_one"))
    refused(exceptions.UnauthorizedException, stranger.links_service_list, page_size=1)
    refused(exceptions.BadRequestException, w.links.links_service_create, sdk.CreateLinkRequest(destination="x y"))
    answer = w.links.links_service_list_with_http_info(page_size=1)
    for name in LIMITS:
        assert header(answer, name), name
    assert abs(int(header(answer, "X-RateLimit-Reset")) - time.time()) <= 61
    try:
        w.links.links_service_get(NOBODY)
    except exceptions.NotFoundException as error:
        assert header(error, "RateLimit-Limit")


def name_server():
    """Address of a name server that knows no name: nothing here asks the network."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while True:
            query, client = server.recvfrom(1500)
            # The same question with the flags of an answer: no such name.
            server.sendto(query[:2] + b"\x81\x83" + query[4:], client)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


def start(binary, data):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUIETZONE_")}
    environment |= {
        "QUIETZONE_ADMIN_EMAIL": "owner@example.com",
        "QUIETZONE_ADMIN_PASSWORD": "correct horse battery",
        "QUIETZONE_API_TOKEN": TOKEN,
        "QUIETZONE_DNS_SERVERS": name_server(),
        "QUIETZONE_WEBHOOKS_ALLOW_PRIVATE": "true",
    }
    server = subprocess.Popen(
        [binary, "serve", "--data", data, "--listen", "127.0.0.1:0"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in server.stdout:
        if line.startswith("listening on "):
            return server, line.removeprefix("listening on ").strip()
    raise SystemExit(f"{binary} ended before it listened")


def main():
    counts = {"passed": 0, "failed": 0, "waits": 0}
    with tempfile.TemporaryDirectory() as folder:
        server, host = start(sys.argv[1], os.path.join(folder, "data"))
        try:
            world = World(host)
            for number, what, function in CALLS:
                try:
                    function(world)
                    if number in WAITS:
                        counts["failed"] += 1
                        print(f"{number:2} FAILED  {what}: passes, and is said to wait for {WAITS[number]}")
                        continue
                    counts["passed"] += 1
                    print(f"{number:2} passed  {what}")
                except Exception as error:
                    if number in WAITS:
                        counts["waits"] += 1
                        print(f"{number:2} waits   {what}: for {WAITS[number]}")
                        continue
                    counts["failed"] += 1
                    reason = "".join(traceback.format_exception_only(error)).strip()
                    place = traceback.extract_tb(error.__traceback__)[1]
                    print(f"{number:2} FAILED  {what}: line {place.lineno}: {place.line}: {reason[:600]}")
        finally:
            server.terminate()
            status = server.wait(timeout=20)
    assert status == 0, f"the server ended with {status}"
    print(f"{counts['passed']} of {len(CALLS)} passed, {counts['failed']} failed, {counts['waits']} wait")
    sys.exit(1 if counts["failed"] else 0)


main()
