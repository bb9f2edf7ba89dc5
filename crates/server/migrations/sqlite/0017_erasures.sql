-- What was erased, by id and time alone: no word of anybody (DESIGN §11.8). The rows outlive what they name.
create table erasures (
    id           blob   not null primary key,
    workspace_id blob   not null,
    subject      text   not null check (subject in ('visitor', 'scan', 'link', 'range', 'workspace')),
    link_id      blob,
    from_at      bigint not null,
    to_at        bigint not null,
    scans        text   not null check (scans in ('keep', 'drop')),
    status       text   not null check (status in ('pending', 'running', 'succeeded', 'failed')),
    -- Since when the catalog has nothing of it any more and the counters are without the scans that go.
    hidden_at    bigint,
    asked_by     text   not null default '',
    -- JSON: what was found, place by place.
    receipt      text   not null default '{}',
    error        text   not null default '',
    created_at   bigint not null,
    completed_at bigint
);
create index erasures_workspace on erasures (workspace_id, created_at, id);
create index erasures_status on erasures (status, created_at);

create table erasure_ids (
    erasure_id blob   not null references erasures (id) on delete cascade,
    kind       text   not null check (kind in ('visitor', 'scan')),
    id         blob   not null,
    -- A scan's time.
    at         bigint not null default 0,
    primary key (erasure_id, kind, id)
);
