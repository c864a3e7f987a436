-- Which address somebody has shown to be theirs: tickets are given to it, and to no other. Facts of auth may arrive in
-- any order, so this one has a version of its own.
alter table users
    add column verified_email   text,
    add column verified_version integer not null default 0;

-- Who was erased is named no more where tickets changed hands.
grant update (to_email, message) on transfers to :runtime;
grant update (notes) on listings to :runtime;
