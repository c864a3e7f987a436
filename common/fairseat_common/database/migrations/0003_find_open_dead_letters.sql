-- What is still parked is looked at all the time, what was replayed hardly ever.
create index dead_letters_open on dead_letters (consumer) where replayed_at is null;
