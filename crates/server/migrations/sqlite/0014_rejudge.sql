-- Verdicts given anew: what was asked for, how far it is, what came of it. Without a workspace: of all, from the command
-- line. Scans from from_at up to to_at; next_day is the first UTC day that is not done.
create table rejudge_runs (
    id           blob   not null primary key,
    workspace_id blob   references workspaces (id) on delete cascade,
    status       text   not null check (status in ('pending', 'running', 'succeeded', 'failed')),
    from_at      bigint not null,
    to_at        bigint not null,
    dry_run      bigint not null,
    restore      bigint not null,
    asked_by     text   not null,
    next_day     bigint,
    days         bigint not null default 0,
    days_done    bigint not null default 0,
    result       text   not null,
    error        text   not null default '',
    created_at   bigint not null,
    completed_at bigint
);
create index rejudge_runs_workspace on rejudge_runs (workspace_id, created_at);

-- The days of a run whose rows are being exchanged in the scan store. Once they are, the counters follow, the run has this
-- result, and this row goes: one transaction.
create table rejudge_exchanges (
    run_id    blob   not null primary key references rejudge_runs (id) on delete cascade,
    first_day bigint not null,
    last_day  bigint not null,
    changes   text   not null,
    result    text   not null
);
