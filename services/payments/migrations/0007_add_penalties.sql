-- Penalties: to come.
select 1;
