-- Files of data that somebody asked for, made in the background, kept in DIR/exports under the row's id for some days.
create table exports (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    -- 'scans', 'traces', 'visitors', 'links', 'report', …
    object       text   not null,
    format       text   not null,
    -- JSON: what was asked for, in the words of the API.
    request      text   not null,
    -- What the file is called when it is fetched.
    file_name    text   not null,
    status       text   not null check (status in ('pending', 'running', 'succeeded', 'failed')),
    -- Rows written, and how far it is in thousandths.
    done         bigint not null default 0,
    progress     bigint not null default 0,
    bytes        bigint not null default 0,
    -- Of the whole file; absent until it is finished.
    sha256       text,
    error        text,
    actor_kind   text   not null,
    actor_id     blob,
    actor        text   not null,
    created_at   bigint not null,
    completed_at bigint,
    -- When the file goes.
    expires_at   bigint
);
create index exports_workspace on exports (workspace_id, created_at, id);
create index exports_waiting on exports (created_at, id) where completed_at is null;
