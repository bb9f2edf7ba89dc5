-- A look of pages is its link's: the id of either follows from the other's (catalog/themes.rs), so it is the same before
-- the look is first changed and after.
create table page_themes_of_links (
    link_id      blob   not null primary key references links (id) on delete cascade,
    workspace_id blob   not null references workspaces (id) on delete cascade,
    settings     text   not null,
    updated_at   bigint not null
);
insert into page_themes_of_links (link_id, workspace_id, settings, updated_at)
    select link_id, workspace_id, settings, updated_at from page_themes where link_id is not null;
drop table page_themes;
alter table page_themes_of_links rename to page_themes;
