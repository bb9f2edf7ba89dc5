-- How many whole UTC days something is kept; a link without a row, or without a value, has its workspace's.
create table retention (
    workspace_id    blob   not null references workspaces (id) on delete cascade,
    -- null: of the workspace.
    link_id         blob   references links (id) on delete cascade,
    scans_days      bigint check (scans_days > 0),
    facts_days      bigint check (facts_days > 0),
    visitors_days   bigint check (visitors_days > 0),
    deliveries_days bigint check (deliveries_days > 0),
    updated_by      text   not null,
    updated_at      bigint not null
);
create unique index retention_of on retention (workspace_id, coalesce(link_id, x''));

-- What is hidden already, and the counters are without: scans before an instant.
create table retention_floors (
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   references links (id) on delete cascade,
    floor        bigint not null
);
create unique index retention_floors_of on retention_floors (workspace_id, coalesce(link_id, x''));
