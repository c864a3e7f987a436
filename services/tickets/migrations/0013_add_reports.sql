-- Reports: to come.
select 1;
