-- What owners set: who counts, who is their own team, who may come in, what codes begin with.

-- null: as the installation counts.
alter table workspaces add column counting text check (counting in ('human', 'all'));
-- JSON array of addresses and networks whose scans are the team's own.
alter table workspaces add column team_networks text not null default '[]';

create table invites (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    email        text   not null,
    role         text   not null check (role in ('viewer', 'admin', 'tech')),
    hash         blob   not null unique,
    invited_by   text   not null,
    created_at   bigint not null,
    expires_at   bigint not null,
    unique (workspace_id, email)
);

create table password_resets (
    hash       blob   not null primary key,
    account_id blob   not null unique references accounts (id) on delete cascade,
    created_at bigint not null,
    expires_at bigint not null
);

-- Every base URL this installation has had; printed codes hold the one of their day. One row has no last_used_at.
create table base_urls (
    url           text   not null primary key,
    first_used_at bigint not null,
    last_used_at  bigint,
    codes_taken   bigint not null default 0
);

-- Settings of the whole installation that are made while it runs.
create table settings (
    name  text not null primary key,
    value text not null
);

-- event_count and last_scan_at are people's; these are everybody's. A workspace chooses which of them its lists show.
alter table link_counters add column all_count bigint not null default 0;
alter table link_counters add column last_any_at bigint;
update link_counters set all_count = event_count, last_any_at = last_scan_at;
