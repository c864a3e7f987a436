-- Written by `fairseat-deploy postgres write`; not by hand. For psql, as an administrator; may be run again and again.
-- Passwords come from the environment: AUTH_RUNTIME, AUTH_OWNER, ... What a role may do there, the migrations say.

\getenv password AUTH_RUNTIME
SELECT $$CREATE ROLE fairseat_auth LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_auth') \gexec
ALTER ROLE fairseat_auth PASSWORD :'password';

\getenv password AUTH_OWNER
SELECT $$CREATE ROLE fairseat_auth_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_auth_owner') \gexec
ALTER ROLE fairseat_auth_owner PASSWORD :'password';

SELECT $$GRANT fairseat_auth_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_auth OWNER fairseat_auth_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_auth') \gexec

\getenv password CATALOG_RUNTIME
SELECT $$CREATE ROLE fairseat_catalog LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_catalog') \gexec
ALTER ROLE fairseat_catalog PASSWORD :'password';

\getenv password CATALOG_OWNER
SELECT $$CREATE ROLE fairseat_catalog_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_catalog_owner') \gexec
ALTER ROLE fairseat_catalog_owner PASSWORD :'password';

SELECT $$GRANT fairseat_catalog_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_catalog OWNER fairseat_catalog_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_catalog') \gexec

\getenv password TICKETS_RUNTIME
SELECT $$CREATE ROLE fairseat_tickets LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_tickets') \gexec
ALTER ROLE fairseat_tickets PASSWORD :'password';

\getenv password TICKETS_OWNER
SELECT $$CREATE ROLE fairseat_tickets_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_tickets_owner') \gexec
ALTER ROLE fairseat_tickets_owner PASSWORD :'password';

SELECT $$GRANT fairseat_tickets_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_tickets OWNER fairseat_tickets_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_tickets') \gexec

\getenv password ORDERS_RUNTIME
SELECT $$CREATE ROLE fairseat_orders LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_orders') \gexec
ALTER ROLE fairseat_orders PASSWORD :'password';

\getenv password ORDERS_OWNER
SELECT $$CREATE ROLE fairseat_orders_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_orders_owner') \gexec
ALTER ROLE fairseat_orders_owner PASSWORD :'password';

SELECT $$GRANT fairseat_orders_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_orders OWNER fairseat_orders_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_orders') \gexec

\getenv password EXPIRATION_RUNTIME
SELECT $$CREATE ROLE fairseat_expiration LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_expiration') \gexec
ALTER ROLE fairseat_expiration PASSWORD :'password';

\getenv password EXPIRATION_OWNER
SELECT $$CREATE ROLE fairseat_expiration_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_expiration_owner') \gexec
ALTER ROLE fairseat_expiration_owner PASSWORD :'password';

SELECT $$GRANT fairseat_expiration_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_expiration OWNER fairseat_expiration_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_expiration') \gexec

\getenv password PAYMENTS_RUNTIME
SELECT $$CREATE ROLE fairseat_payments LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_payments') \gexec
ALTER ROLE fairseat_payments PASSWORD :'password';

\getenv password PAYMENTS_OWNER
SELECT $$CREATE ROLE fairseat_payments_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_payments_owner') \gexec
ALTER ROLE fairseat_payments_owner PASSWORD :'password';

SELECT $$GRANT fairseat_payments_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_payments OWNER fairseat_payments_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_payments') \gexec

\getenv password NOTIFICATIONS_RUNTIME
SELECT $$CREATE ROLE fairseat_notifications LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_notifications') \gexec
ALTER ROLE fairseat_notifications PASSWORD :'password';

\getenv password NOTIFICATIONS_OWNER
SELECT $$CREATE ROLE fairseat_notifications_owner LOGIN NOCREATEDB NOCREATEROLE$$ WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fairseat_notifications_owner') \gexec
ALTER ROLE fairseat_notifications_owner PASSWORD :'password';

SELECT $$GRANT fairseat_notifications_owner TO CURRENT_USER$$ WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) \gexec

SELECT $$CREATE DATABASE fairseat_notifications OWNER fairseat_notifications_owner TEMPLATE template0 ENCODING 'UTF8'$$ WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'fairseat_notifications') \gexec
