-- Organisers: to come.
select 1;
