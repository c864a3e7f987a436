-- Letters: to come.
select 1;
