-- Which segments there are, and how far into the spool they reach.
create table if not exists segments (
    name            blob primary key check (length(name) = 16),
    kind            text not null check (kind in ('scans', 'traces')),
    day             integer not null,
    level           integer not null,
    rows            integer not null check (rows > 0),
    bytes           integer not null,
    facts_bytes     integer,
    first_at        integer not null,
    last_at         integer not null check (last_at >= first_at),
    first_workspace blob not null check (length(first_workspace) = 16),
    last_workspace  blob not null check (length(last_workspace) = 16),
    checksum        integer,
    facts_checksum  integer,
    days            integer not null default 1 check (days > 0),
    facts_from      integer
) strict, without rowid;

create table if not exists position (
    id    integer primary key check (id = 1),
    epoch integer not null,
    seq   integer not null
) strict;
