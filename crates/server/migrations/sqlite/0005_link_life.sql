-- Put away by its owner: the code says that it has ended, data and slug stay.
alter table links add column archived_at bigint;
-- People let through at most; null: any number.
alter table links add column scan_limit bigint check (scan_limit > 0);
-- People let through, ever: what a limit counts. Until now every link let everybody through.
alter table link_counters add column used_scans bigint not null default 0;
update link_counters set used_scans = lifetime_scans;
