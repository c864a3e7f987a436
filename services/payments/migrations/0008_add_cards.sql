-- Which card an attempt was made with, so that one card buys only so many tickets of a show; and refunds of moved shows.

-- card is the provider's fingerprint: the same for one card whoever types it in, and of no use to anybody else. Only
-- what is reserved or charged has one. card_tickets_max is the limit in force when the attempt was made; null: none.
alter table attempts
    add column card             text check (length(card) between 1 and 255),
    add column card_tickets_max integer check (card_tickets_max > 0);
create index attempts_card on attempts (card) where card is not null and status in ('authorized', 'captured');
grant update (card) on attempts to :runtime;

alter table refunds
    drop constraint refunds_reason_check,
    add constraint refunds_reason_check
        check (reason in ('show_cancelled', 'gate', 'goodwill', 'show_moved', 'unwanted'));
