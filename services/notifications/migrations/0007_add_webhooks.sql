-- Webhooks: to come.
select 1;
