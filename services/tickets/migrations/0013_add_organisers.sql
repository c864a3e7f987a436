-- Who organises a show, who works for that organiser, and what reports need. Copies, fed by events.

-- Null: the show was announced before this was told, so only an operator may see what is the organiser's.
alter table shows add column organiser_id uuid;
create index shows_by_organiser on shows (organiser_id);

create table teams (
    organiser_id uuid primary key,
    version      integer not null
);
create table team_members (
    organiser_id uuid not null references teams,
    user_id      uuid not null,
    duties       text[] not null,
    primary key (organiser_id, user_id)
);
create index team_members_by_user on team_members (user_id);
grant select, insert, update on teams to :runtime;
grant select, insert, delete on team_members to :runtime;

-- Reports count days as the venue's calendar does.
alter table shows add column timezone text not null default 'UTC';
-- What was kept of the seller's part of one seat, and whether the organiser sold it for the first time.
alter table sold_prices
    add column unit_seller_fee bigint not null default 0 check (unit_seller_fee >= 0),
    add column is_primary boolean not null default false;
create index tickets_of_show on tickets (show_id, section, status) where order_id is not null;
