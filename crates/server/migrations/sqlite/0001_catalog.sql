-- Times are milliseconds since 1970 UTC, ids are 16 bytes, JSON is text: the subset SQLite and PostgreSQL share.

create table workspaces (
    id              blob    not null primary key,
    name            text    not null,
    slug            text    not null unique,
    timezone        text    not null,
    link_setting_id blob    not null unique,
    data_collection text    not null default 'basic' check (data_collection in ('none', 'basic', 'advanced')),
    app_schemes     text    not null default '[]',
    created_at      bigint  not null,
    updated_at      bigint  not null
);

-- A person signs in with an account; a member is the account in one workspace.
create table accounts (
    id            blob   not null primary key,
    email         text   not null unique,
    first_name    text   not null default '',
    last_name     text   not null default '',
    password_hash text   not null,
    created_at    bigint not null,
    updated_at    bigint not null
);

create table members (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    account_id   blob   not null references accounts (id) on delete cascade,
    role         text   not null check (role in ('viewer', 'admin', 'tech')),
    created_at   bigint not null,
    updated_at   bigint not null,
    unique (workspace_id, account_id)
);
create index members_account on members (account_id);

create table sessions (
    hash         blob   not null primary key,
    member_id    blob   not null references members (id) on delete cascade,
    created_at   bigint not null,
    expires_at   bigint not null
);
create index sessions_member on sessions (member_id);

create table tokens (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    name         text   not null,
    key_type     text   not null check (key_type in ('secret', 'publishable')),
    hash         blob   not null unique,
    -- JSON array of scope words; empty = full access.
    scopes       text   not null default '[]',
    created_by   blob,
    created_at   bigint not null,
    updated_at   bigint not null,
    last_used_at bigint
);
create index tokens_workspace on tokens (workspace_id, created_at, id);

-- The base host is the row with the nil id and no workspace.
create table domains (
    id               blob   not null primary key,
    workspace_id     blob   references workspaces (id) on delete cascade,
    host             text   not null unique,
    root_destination text,
    status           text   not null check (status in ('inactive', 'pending', 'active')),
    created_at       bigint not null,
    updated_at       bigint not null
);
insert into domains (id, workspace_id, host, status, created_at, updated_at)
values (x'00000000000000000000000000000000', null, '', 'active', 0, 0);

create table designs (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    settings     text   not null default '{}',
    created_at   bigint not null,
    updated_at   bigint not null
);

create table links (
    id                   blob    not null primary key,
    workspace_id         blob    not null references workspaces (id) on delete cascade,
    name                 text    not null default '',
    purpose              text    not null default '',
    notes                text    not null default '',
    metadata             text    not null default '{}',
    fallback_destination text,
    expired_destination  text,
    starts_at            bigint,
    expires_at           bigint,
    paused               bigint  not null default 0,
    qrcode_enabled       bigint  not null default 1,
    design_id            blob    not null unique references designs (id),
    -- Overrides the workspace's level.
    data_collection      text    check (data_collection in ('none', 'basic', 'advanced')),
    published_version    bigint  not null,
    deleted_at           bigint,
    created_at           bigint  not null,
    updated_at           bigint  not null
);
create index links_workspace_created on links (workspace_id, created_at, id);
create index links_workspace_updated on links (workspace_id, updated_at, id);

-- Owned by the catalog consumer.
create table link_counters (
    link_id        blob   not null primary key references links (id) on delete cascade,
    event_count    bigint not null default 0,
    lifetime_scans bigint not null default 0,
    last_scan_at   bigint
);

create table slugs (
    domain_id    blob   not null references domains (id),
    folded       text   not null,
    spelled      text   not null,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   not null references links (id) on delete cascade,
    created_at   bigint not null,
    primary key (domain_id, folded)
);
create index slugs_link on slugs (link_id);

-- The steps as they are being edited.
create table workflow_steps (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   not null references links (id) on delete cascade,
    position     bigint not null,
    action       text   not null,
    payload      text   not null,
    -- JSON object: branch id -> id of the next step.
    branches     text   not null default '{}',
    canvas_x     double precision not null default 0,
    canvas_y     double precision not null default 0,
    created_at   bigint not null,
    updated_at   bigint not null
);
create index workflow_steps_link on workflow_steps (link_id, position);

-- What was published: immutable, numbered within the link.
create table workflow_versions (
    link_id      blob   not null references links (id) on delete cascade,
    version      bigint not null,
    graph        text   not null,
    published_at bigint not null,
    primary key (link_id, version)
);

create table tags (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    name         text   not null,
    created_at   bigint not null,
    updated_at   bigint not null,
    unique (workspace_id, name)
);

create table link_tags (
    link_id blob not null references links (id) on delete cascade,
    tag_id  blob not null references tags (id) on delete cascade,
    primary key (link_id, tag_id)
);
create index link_tags_tag on link_tags (tag_id);

create table jobs (
    id            blob   not null primary key,
    workspace_id  blob   not null references workspaces (id) on delete cascade,
    kind          text   not null,
    status        text   not null check (status in ('pending', 'running', 'succeeded', 'failed')),
    payload       text   not null,
    result        text   not null default '{}',
    claimed_until bigint,
    created_at    bigint not null,
    completed_at  bigint
);
create index jobs_due on jobs (status, claimed_until);

-- How far each consumer of the spool has come, written in the transaction that holds what it wrote.
create table consumers (
    name  text   not null primary key,
    epoch bigint not null,
    seq   bigint not null
);
