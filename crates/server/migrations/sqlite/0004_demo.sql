-- A workspace whose scans are simulated, to look around in; its owner drops it whole.
alter table workspaces add column demo bigint not null default 0;

-- Workspaces that are gone from here and whose scans are still to be removed from the scan store.
create table dropped_workspaces (
    id         blob   not null primary key,
    dropped_at bigint not null
);
