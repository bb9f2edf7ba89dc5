-- Backups that the server made by itself or when it was asked to, and those that failed.
create table backups (
    id         blob   not null primary key,
    target     text   not null,
    started_at bigint not null,
    ended_at   bigint,
    backup     text   not null default '',
    bytes      bigint not null default 0,
    copied     bigint not null default 0,
    files      bigint not null default 0,
    error      text   not null default ''
);
create index backups_started_at on backups (started_at);
