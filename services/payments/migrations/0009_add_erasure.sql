-- Erasure: to come.
select 1;
