-- A mail may go to an address that has no account, name another person (`other_id`), or be left unsent because its
-- recipient does not want mails on its topic.
alter table mails
    alter column recipient_id drop not null,
    add column address text,
    add column other_id uuid,
    add constraint mails_to_somebody check ((recipient_id is null) <> (address is null)),
    drop constraint mails_status_check,
    add constraint mails_status_check check (status in ('queued', 'sent', 'skipped', 'parked')),
    drop constraint mails_kind_check,
    add constraint mails_kind_check check (kind in (
        'tickets', 'sold', 'hold-expired', 'payment-failed', 'hold-show-cancelled', 'payment-refused', 'refunded',
        'sale-refunded', 'charge-returned', 'dispute-opened', 'dispute-won', 'dispute-lost', 'payout-sent',
        'payout-reversed', 'waiting-offer', 'transfer-offered', 'transfer-withdrawn', 'transfer-received',
        'transfer-accepted', 'transfer-ended', 'alert', 'favourite-listed', 'favourite-changed'
    ));
create unique index mails_to_address on mails (fact_id, kind, address) where address is not null;
create index mails_of_address on mails (address, id desc) where address is not null;
create index users_by_address on users (lower(email));

-- Topics that nobody at an address wants to hear of. By address, so that it also holds for those without an account, and
-- goes on to hold when they open one.
create table muted (
    address  text not null check (address = lower(address)),
    topic    text not null check (topic in ('sales', 'transfers', 'alerts', 'waiting', 'favourites')),
    muted_at timestamptz not null default now(),
    primary key (address, topic)
);
grant select, insert, delete on muted to :runtime;
