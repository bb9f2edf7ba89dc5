-- Links lie in folders; a folder's path is the names on the way to it.
create table directories (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    -- null: at the top.
    parent_id    blob   references directories (id),
    name         text   not null,
    -- As the program folds it: no two of a folder fold alike.
    folded       text   not null,
    created_at   bigint not null,
    updated_at   bigint not null
);
create unique index directories_name on directories (workspace_id, coalesce(parent_id, x''), folded);
alter table links add column directory_id blob references directories (id) on delete set null;
create index links_directory on links (directory_id);

-- `#rrggbb`, or none.
alter table tags add column color text;

-- What a workspace says of itself, as JSON, and when it was deleted. Its links stay, ended: nobody else gets their slugs.
alter table workspaces add column profile text not null default '{}';
alter table workspaces add column deleted_at bigint;

-- A member whose access is revoked cannot come in until it is allowed again; nor can who was invited.
alter table members add column access_revoked_at bigint;
alter table members add column last_signin_at bigint;
alter table invites add column revoked_at bigint;
alter table invites add column first_name text not null default '';
alter table invites add column last_name text not null default '';

-- A domain's host is its name once it is active; until then nobody has it.
alter table domains add column name text not null default '';
alter table domains add column proof text not null default '';
alter table domains add column owned bigint not null default 0;
alter table domains add column routed bigint not null default 0;
alter table domains add column activated_at bigint;
alter table domains add column last_checked_at bigint;
alter table domains add column last_error text;
alter table domains add column deleted_at bigint;

-- Answers to requests with an Idempotency-Key, for 24 hours.
create table stored_answers (
    -- SHA-256 of the credential's id and the key.
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    -- SHA-256 of method, path and body.
    request      blob   not null,
    -- Whether it is about visitors: then it goes when one of them is deleted.
    people       bigint not null,
    -- Sealed with the credential's secret, which is nowhere here; null until there is an answer.
    sealed       blob,
    created_at   bigint not null
);
create index stored_answers_created on stored_answers (created_at);
create index stored_answers_people on stored_answers (workspace_id, people);
