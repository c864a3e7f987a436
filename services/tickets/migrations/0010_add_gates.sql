-- Gates: to come.
select 1;
