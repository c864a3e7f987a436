-- Letters about accounts: to the address that auth names, about no show. Which kinds of mail there are is decided by the
-- code, whose types know them all; here is only their form.
alter table mails
    drop constraint if exists mails_kind_check,
    add constraint mails_kind_check check (kind ~ '^[a-z]+(-[a-z]+)*$' and length(kind) <= 40),
    drop constraint if exists mails_about,
    add constraint mails_about check (show_id is not null or kind like 'account-%' or kind like 'payout-%');

-- In which language and on which clock somebody reads; null: not chosen.
alter table users
    add column locale   text,
    add column timezone text;

-- Who was erased keeps a row without an address, so that nothing older brings it back; their mails go.
grant delete on mails to :runtime;
