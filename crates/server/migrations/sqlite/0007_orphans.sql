-- Requests for slugs nobody made, by host and hour (its first millisecond). After 7 days, and for what is not kept at
-- all, slug is empty. Nothing of who asked.
create table orphans (
    host     text   not null,
    hour     bigint not null,
    slug     text   not null,
    requests bigint not null,
    primary key (host, hour, slug)
);
create index orphans_hour on orphans (hour);

-- Scans by UTC day (days since 1970) and the reason of their verdict. Owned by the catalog consumer.
create table verdict_days (
    workspace_id blob   not null references workspaces (id) on delete cascade,
    day          bigint not null,
    verdict      text   not null,
    reason       text   not null,
    scans        bigint not null,
    primary key (workspace_id, day, verdict, reason)
);
create index verdict_days_day on verdict_days (day);
