-- Names as search and order see them: folded by the program, since lower() of a database knows only some alphabets.
alter table links add column folded_name text not null default '';
update links set folded_name = lower(name);
