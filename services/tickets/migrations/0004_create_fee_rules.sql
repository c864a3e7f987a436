-- What the platform takes of a sale, by numbered rules. Other settings make another rule; no rule ever changes.
create table fee_rules (
    version        integer primary key check (version > 0),
    -- What a buyer pays on top of a seat's price, and what is kept of that price from its seller.
    buyer_percent  integer not null check (buyer_percent between 0 and 100),
    seller_percent integer not null check (seller_percent between 0 and 100),
    since          timestamptz not null default now()
);
grant select, insert on fee_rules to :runtime;

-- Listings from before there were rules have none, and nothing is kept from their sellers until they set a new price.
alter table listings
    add column unit_seller_fee bigint not null default 0 check (unit_seller_fee >= 0),
    add column fee_rule integer references fee_rules;
grant update (unit_seller_fee, fee_rule) on listings to :runtime;
