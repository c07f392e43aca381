#!/bin/sh
# One backup: a folder named by the time in UTC, with the database, the uploads and the sums of both.
# Folders older than $KEEP days (30) are removed after a new one is complete.
set -eu
backups=${BACKUPS_DIR:-/backups}
state=${DMS_STATE_DIR:-/var/lib/dms}
name=$(date -u +%Y%m%dT%H%M%SZ)
half="$backups/.$name"
mkdir -p "$half"
pg_dump --format=custom --no-owner --no-privileges --no-comments --file="$half/database.dump"
tar -C "$state" -czf "$half/uploads.tar.gz" --exclude=./static .
# What cannot be listed cannot be restored.
pg_restore --list "$half/database.dump" >/dev/null
(cd "$half" && sha256sum database.dump uploads.tar.gz >SHA256SUMS)
# A name without a dot in front is a finished backup.
mv "$half" "$backups/$name"
find "$backups" -mindepth 1 -maxdepth 1 -type d -name '20*T*Z' -mtime "+${KEEP:-30}" -exec rm -rf {} +
echo "$backups/$name"
