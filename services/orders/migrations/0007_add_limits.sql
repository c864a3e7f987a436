-- Limits: to come.
select 1;
