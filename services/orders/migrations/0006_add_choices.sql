-- Choices: to come.
select 1;
