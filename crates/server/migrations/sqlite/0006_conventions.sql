-- How a link sends its visitors on.
alter table links add column redirect_status bigint not null default 302 check (redirect_status in (301, 302, 307, 308));
alter table links add column query_mode text not null default 'append-missing'
    check (query_mode in ('append-missing', 'request-wins', 'link-wins'));
alter table links add column path_mode text not null default 'not-found'
    check (path_mode in ('not-found', 'ignore', 'append'));
