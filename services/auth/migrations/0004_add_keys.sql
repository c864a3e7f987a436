-- Keys: to come.
select 1;
