-- Switch: to come.
select 1;
