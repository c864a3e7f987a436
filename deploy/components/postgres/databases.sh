# Runs beside every start of the server: makes databases and roles that are missing, and takes the passwords over.
set -eu
# The server that initdb starts for itself listens on no address; this waits for the real one.
until pg_isready --quiet --host 127.0.0.1; do sleep 0.2; done
exec psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --file /etc/postgres/databases.sql
