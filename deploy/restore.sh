#!/bin/sh
# restore NAME: a finished backup into an empty database. Web, worker and beat are stopped; `prepare` runs after it.
set -eu
backups=${BACKUPS_DIR:-/backups}
state=${DMS_STATE_DIR:-/var/lib/dms}
cd "$backups/${1:?which backup? its folder below $backups}"
sha256sum --check --quiet SHA256SUMS
tables=$(psql -Atc "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if [ "$tables" != 0 ]; then
    echo "The database $PGDATABASE is not empty, so nothing was changed. Restore into an empty one." >&2
    exit 1
fi
pg_restore --exit-on-error --no-owner --no-privileges --single-transaction --dbname="$PGDATABASE" database.dump
tar -C "$state" -xzf uploads.tar.gz
echo "restored $1"
