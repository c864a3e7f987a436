-- Onsales: to come.
select 1;
