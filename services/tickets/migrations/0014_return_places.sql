-- A show moved and whoever had the seat did not want to come: the place is its first seller's again, and can be listed.
alter table refunded_seats add column returned boolean not null default false;
