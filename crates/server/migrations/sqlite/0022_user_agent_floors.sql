-- What of user agents is hidden already, as retention_floors says it of scans: those before an instant.
create table retention_fact_floors (
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   references links (id) on delete cascade,
    floor        bigint not null
);
create unique index retention_fact_floors_of on retention_fact_floors (workspace_id, coalesce(link_id, x''));
