-- Who is told of what happens, and what each is to be told.

create table webhooks (
    id                blob   not null primary key,
    workspace_id      blob   not null references workspaces (id) on delete cascade,
    name              text   not null,
    endpoint_url      text   not null,
    -- null: of all links.
    link_id           blob   references links (id) on delete cascade,
    -- JSON arrays: kinds of steps, and our own happenings.
    triggers          text   not null default '[]',
    events            text   not null default '[]',
    source            text   not null,
    status            text   not null check (status in ('active', 'paused', 'disabled')),
    -- Why the program disabled it.
    notice            text   not null default '',
    -- Sealed with the installation's key; the former one is good until then.
    secret            blob   not null,
    former_secret     blob,
    former_until      bigint,
    success_count     bigint not null default 0,
    failure_count     bigint not null default 0,
    last_sent_at      bigint,
    last_delivered_at bigint,
    -- First failure since the last success.
    failing_since     bigint,
    -- The endpoint asked not to be sent anything before.
    hold_until        bigint not null default 0,
    created_by        blob,
    created_at        bigint not null,
    updated_at        bigint not null
);
create index webhooks_workspace on webhooks (workspace_id, created_at, id);
create index webhooks_status on webhooks (status);

create table deliveries (
    -- The same on each attempt: the header webhook-id.
    id            blob   not null primary key,
    webhook_id    blob   not null references webhooks (id) on delete cascade,
    workspace_id  blob   not null references workspaces (id) on delete cascade,
    type          text   not null,
    scan_id       blob,
    visitor_id    blob,
    -- JSON: what its body is made from, once, before the first attempt.
    source        text   not null,
    body          text,
    status        text   not null check (status in ('waiting', 'delivered', 'failed')),
    attempts      bigint not null default 0,
    -- When it is to be sent; while it is being sent, when it would be again had the sender died.
    due_at        bigint,
    leased        bigint not null default 0,
    answer_status bigint,
    answer_head   text   not null default '',
    error         text   not null default '',
    -- When it happened, when that was noted, last attempt, success.
    at            bigint not null,
    created_at    bigint not null,
    sent_at       bigint,
    delivered_at  bigint
);
create index deliveries_due on deliveries (webhook_id, due_at) where due_at is not null;
create index deliveries_log on deliveries (webhook_id, created_at, id);
create index deliveries_created on deliveries (created_at);
create index deliveries_scan on deliveries (scan_id) where scan_id is not null;
create index deliveries_visitor on deliveries (visitor_id) where visitor_id is not null;

-- JSON array of addresses that are written to of each lead of the link.
alter table links add column lead_emails text not null default '[]';

create table lead_notices (
    id            blob   not null primary key,
    workspace_id  blob   not null references workspaces (id) on delete cascade,
    link_id       blob   not null references links (id) on delete cascade,
    submission_id blob   not null references submissions (id) on delete cascade,
    address       text   not null,
    status        text   not null check (status in ('waiting', 'sent', 'failed')),
    attempts      bigint not null default 0,
    due_at        bigint,
    error         text   not null default '',
    -- The first notice of the letter that told of this one.
    mail          blob,
    created_at    bigint not null,
    sent_at       bigint
);
create index lead_notices_due on lead_notices (due_at) where due_at is not null;
create index lead_notices_sent on lead_notices (link_id, address, sent_at);
create index lead_notices_submission on lead_notices (submission_id);
