-- Arrangements of panels, each a question and its drawing; one without a link is the workspace's.
create table dashboards (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   references links (id) on delete cascade,
    name         text   not null,
    -- JSON: columns and widgets.
    config       text   not null,
    created_at   bigint not null,
    updated_at   bigint not null
);
create index dashboards_workspace on dashboards (workspace_id, created_at, id);

-- Filters that people gave a name.
create table saved_filters (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    name         text   not null,
    -- As the program folds it.
    folded       text   not null,
    -- JSON: texts such as "country:DE".
    filters      text   not null,
    created_by   text   not null default '',
    created_at   bigint not null,
    updated_at   bigint not null,
    unique (workspace_id, folded)
);

-- What happened at a time, to be seen beside the scans; one without a link concerns the workspace.
create table annotations (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    link_id      blob   references links (id) on delete cascade,
    at           bigint not null,
    text         text   not null,
    created_by   text   not null default '',
    created_at   bigint not null
);
create index annotations_workspace on annotations (workspace_id, at, id);
