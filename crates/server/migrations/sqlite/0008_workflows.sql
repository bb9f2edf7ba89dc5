-- Steps gain what every page may do; a version keeps the steps it was made of, to be shown, compared and gone back to.
alter table workflow_steps add column attribute_capture text;
alter table workflow_steps add column back_button text;
alter table workflow_versions add column published_by text not null default '';

-- The dashboard's working copy: one document a link, with a number that grows with each change.
create table workflow_drafts (
    link_id      blob   not null primary key references links (id) on delete cascade,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    revision     bigint not null,
    base_version bigint not null,
    steps        text   not null,
    updated_at   bigint not null,
    updated_by   text   not null
);

-- Only people who gave data have a row (DESIGN §11.5).
create table visitors (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    email        text,
    phone        text,
    first_name   text   not null default '',
    last_name    text   not null default '',
    -- Another row has taken this one up; it stays for 30 days so that that can be undone.
    merged_into  blob   references visitors (id) on delete cascade,
    merged_at    bigint,
    -- JSON: what the merge moved and filled, for undoing it.
    merge_log    text,
    created_at   bigint not null,
    updated_at   bigint not null
);
create index visitors_workspace_created on visitors (workspace_id, created_at, id);
create index visitors_email on visitors (workspace_id, email);
create index visitors_phone on visitors (workspace_id, phone);
create index visitors_merged on visitors (merged_into);

create table visitor_attributes (
    visitor_id   blob   not null references visitors (id) on delete cascade,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    key          text   not null,
    type         text   not null check (type in ('string', 'number', 'boolean', 'date', 'enum')),
    value        text   not null,
    updated_at   bigint not null,
    primary key (visitor_id, key)
);
create index visitor_attributes_key on visitor_attributes (workspace_id, key);

-- Scans that a visitor is known to have made.
create table visitor_scans (
    scan_id      blob   not null primary key,
    visitor_id   blob   not null references visitors (id) on delete cascade,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   not null references links (id) on delete cascade,
    at           bigint not null
);
create index visitor_scans_visitor on visitor_scans (visitor_id, at);

-- A visitor's answer to a page. The first one of a scan wins.
create table submissions (
    -- Also the id of its trace.
    id           blob   not null primary key,
    scan_id      blob   not null,
    step_id      blob   not null,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   not null references links (id) on delete cascade,
    version      bigint not null,
    step         bigint not null,
    visitor_id   blob   references visitors (id) on delete set null,
    -- JSON: the answers as they were taken.
    answers      text   not null,
    scan_at      bigint not null,
    at           bigint not null,
    -- 1 once its trace is in the spool.
    traced       bigint not null default 0,
    branch       bigint not null,
    kind         text   not null,
    unique (scan_id, step_id)
);
create index submissions_visitor on submissions (visitor_id, at);
create index submissions_untraced on submissions (traced, at);
create index submissions_link on submissions (workspace_id, link_id, at);

create table consents (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    visitor_id   blob   references visitors (id) on delete cascade,
    scan_id      blob   not null,
    link_id      blob   not null references links (id) on delete cascade,
    key          text   not null,
    text         text   not null,
    version      text   not null,
    given        bigint not null,
    at           bigint not null
);
create index consents_visitor on consents (visitor_id, at);

-- A publishable key met somebody who exists: what it said waits for somebody who may read.
create table visitor_claims (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    visitor_id   blob   not null references visitors (id) on delete cascade,
    scan_id      blob   not null,
    data         text   not null,
    created_at   bigint not null
);
create index visitor_claims_visitor on visitor_claims (visitor_id, created_at);

-- Look of a link's pages; a link without a row has the default.
create table page_themes (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   unique references links (id) on delete cascade,
    settings     text   not null,
    created_at   bigint not null,
    updated_at   bigint not null
);

create table media (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    file_name    text   not null,
    kind         text   not null check (kind in ('image', 'document', 'video')),
    mime_type    text   not null,
    size         bigint not null,
    sha256       text   not null,
    visibility   text   not null check (visibility in ('public', 'private')),
    uploaded_by  text   not null default '',
    created_at   bigint not null,
    updated_at   bigint not null,
    unique (workspace_id, sha256)
);
create index media_workspace on media (workspace_id, created_at, id);

-- Browsers that a visitor has shown to be his: hash of workspace and cookie.
create table visitor_cookies (
    hash         blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    visitor_id   blob   not null references visitors (id) on delete cascade,
    created_at   bigint not null
);
create index visitor_cookies_visitor on visitor_cookies (visitor_id);
