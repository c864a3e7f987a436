-- Which place went from whom to whom without money. Whoever was given a place by its buyer may sell it on as the buyer
-- could; rows are only ever added.
create table given_seats (
    transfer_id uuid not null,
    show_id     uuid not null,
    section     text not null,
    "row"       text not null,
    seat        text not null,
    from_id     uuid not null,
    to_id       uuid not null,
    primary key (transfer_id, section, "row", seat)
);
create index given_seats_place on given_seats (show_id, section, "row", seat);
grant select, insert on given_seats to :runtime;
