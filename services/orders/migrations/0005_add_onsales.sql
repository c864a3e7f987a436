-- Seats that an organiser sells for the first time, from a moment on; and the rules that resales are made under.

-- opens_at: nobody can hold before, by this database's clock; null: at once. resale_rule: the version of the show's own
-- rules that the listing was made under; null: it had none, or its organiser sells.
alter table listings
    add column "primary"   boolean not null default false,
    add column opens_at    timestamptz,
    add column resale_rule integer check (resale_rule > 0);

-- What was agreed at the hold, as everything else about it.
alter table orders
    add column "primary"   boolean not null default false,
    add column resale_rule integer check (resale_rule > 0);

-- Whoever waits for a show is looked at when its sale opens.
create index listings_opening on listings (show_id, opens_at) where opens_at is not null;
