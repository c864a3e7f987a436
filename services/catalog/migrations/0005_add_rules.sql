-- Rules: to come.
select 1;
