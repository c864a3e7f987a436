-- Some rules of a show are its place's: pages say so, and a cap of either kind may stand beside one of the other.
alter table resale_rules add column by_venue text[] not null default '{}';
alter table resale_rules drop constraint resale_rules_check;
