-- What a link was before it came here: which program had it, under which address, since when, and how often it was followed
-- there. Never added to what was seen here.
create table link_imports (
    link_id       blob   not null primary key references links (id) on delete cascade,
    source        text   not null,
    address       text   not null default '',
    made_at       bigint,
    clicks        bigint check (clicks >= 0),
    last_click_at bigint
);
