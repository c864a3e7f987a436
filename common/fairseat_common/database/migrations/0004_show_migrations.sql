-- Whoever looks at a database with the service's login may see how old it is and what was done to it.

grant select on migrations to :runtime;
