-- Bans: to come.
select 1;
