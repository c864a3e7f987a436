-- Where a section stands in its venue's chart, from the stage outwards, from 0. Sections that are known already were
-- written in the chart's order, so that their place in the table tells it; the venue's next event says it for certain.
alter table venue_sections add column position integer not null default 0 check (position >= 0);
update venue_sections s set position = n.position
    from (select venue_id, name, row_number() over (partition by venue_id order by ctid) - 1 as position
          from venue_sections) n
    where n.venue_id = s.venue_id and n.name = s.name;

-- What seats were sold for, order by order, without their people. Rows never change: a sale that was refunded is known
-- by refunded_seats. Sales from before this table are not in it, since nobody has kept their prices.
create table sold_prices (
    order_id     uuid primary key,
    show_id      uuid not null references shows,
    section      text not null,
    row          text not null,
    row_position integer not null check (row_position >= 0),
    quantity     integer not null check (quantity > 0),
    -- For one seat: what its seller asked, and what its buyer paid.
    unit_price   bigint not null check (unit_price > 0),
    all_in       bigint not null check (all_in >= unit_price),
    -- The measure of listings.value_score: prices of different rows compare by it.
    value_score  bigint not null generated always as (all_in * (100 + row_position)) stored,
    currency     text not null,
    sold_at      timestamptz not null
);
create index sold_prices_section on sold_prices (show_id, section, sold_at desc, order_id desc);
create index sold_prices_show on sold_prices (show_id, sold_at desc, order_id desc);
grant select, insert on sold_prices to :runtime;

-- The best view first within a section. Counts and prices of a show's sections are read from it without the table.
create index listings_by_view on listings (show_id, section, row_position, all_in, id) include (available, value_score)
    where status = 'active' and available > 0;
