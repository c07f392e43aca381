#!/bin/sh
# Run once by the database's image, as its superuser: the owner of the tables, the application's role, the extensions.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres -v owner="$DMS_OWNER_PASSWORD" -v app="$DMS_APP_PASSWORD" <<'SQL'
CREATE ROLE dms_owner LOGIN PASSWORD :'owner';
CREATE ROLE dms_app LOGIN PASSWORD :'app';
CREATE DATABASE dms OWNER dms_owner;
\connect dms
CREATE EXTENSION btree_gist;
CREATE EXTENSION pg_trgm;
SQL
