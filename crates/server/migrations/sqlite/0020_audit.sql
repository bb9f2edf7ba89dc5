-- The workspace's log: what `changes` has of links since 0011, of everything from now on.

-- The session that a member acted in, by the beginning of its hash.
alter table changes add column session text;

-- Names of people, not their addresses: whose a row is, its id says for as long as the member is there.
update changes set actor = '' where actor_kind = 'member' and actor like '%@%';

-- What requests are about to do, from their first change until the log has it whole.
create table changes_begun (
    id           blob   not null primary key,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    object       text   not null,
    object_id    blob   not null,
    action       text   not null,
    actor_kind   text   not null check (actor_kind in ('member', 'token', 'system')),
    actor_id     blob,
    actor        text   not null,
    session      text,
    batch        blob,
    restored     blob,
    was          text   not null,
    became       text   not null,
    at           bigint not null
);

-- Rows are only added. A deleted workspace's go with it.
create trigger changes_stay_as_they_are before update on changes
begin
    select raise(abort, 'the log is only added to');
end;
create trigger changes_stay before delete on changes
when exists (select 1 from workspaces where id = old.workspace_id and deleted_at is null)
begin
    select raise(abort, 'the log is only added to');
end;
-- `insert or replace` would take a row out without asking the trigger above.
create trigger changes_are_new before insert on changes
when exists (select 1 from changes where id = new.id)
begin
    select raise(abort, 'the log is only added to');
end;
