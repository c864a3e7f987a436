-- The secret before, sealed like the present one: it signs too until its time is over, so that no delivery is refused
-- while its owner takes the new one over.
alter table webhooks
    add column secret_before       text,
    add column secret_before_until timestamptz,
    add constraint webhooks_secret_before check ((secret_before is null) = (secret_before_until is null));
create index webhooks_secrets_ended on webhooks (secret_before_until) where secret_before_until is not null;
