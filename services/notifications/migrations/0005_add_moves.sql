-- Moves: to come.
select 1;
