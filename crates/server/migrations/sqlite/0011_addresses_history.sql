-- A link may have several slugs, one for each place it is printed at. Exactly one of them is its main one.
alter table slugs add column id blob;
update slugs set id = randomblob(16);
alter table slugs add column placement text not null default '';
-- stopped: it says that it has ended, and nobody else gets it.
alter table slugs add column state text not null default 'live' check (state in ('live', 'stopped'));
alter table slugs add column main bigint not null default 1;
create unique index slugs_id on slugs (id);
create unique index slugs_main on slugs (link_id) where main = 1;

-- What was changed by whom. Rows are only added.
create table changes (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    -- What kind of thing was changed ('link'), and which.
    object       text   not null,
    object_id    blob   not null,
    action       text   not null,
    actor_kind   text   not null check (actor_kind in ('member', 'token', 'system')),
    -- The member's or token's id; the name stays readable when that is gone.
    actor_id     blob,
    actor        text   not null,
    -- Changes that one request made of many objects.
    batch        blob,
    -- The change that this one takes back or goes back to.
    restored     blob,
    -- JSON objects: the fields that differ, as they were and as they became.
    was          text   not null default '{}',
    became       text   not null default '{}',
    at           bigint not null
);
create index changes_object on changes (workspace_id, object_id, at, id);
create index changes_workspace on changes (workspace_id, at, id);
create index changes_batch on changes (batch) where batch is not null;

-- What a link is searched by besides name, slugs and tags: destinations and metadata, folded as the program folds.
alter table links add column searched text not null default '';
update links set searched = lower(
    coalesce((select string_agg(t.value, char(10))
              from workflow_versions v, json_tree(v.graph) t
              where v.link_id = links.id and v.version = links.published_version and t.type = 'text'
                and (t.key = 'destination' or t.path like '%.destinations')), '')
    || char(10)
    || coalesce((select string_agg(m.key || char(10) || m.value, char(10)) from json_each(links.metadata) m), ''));
