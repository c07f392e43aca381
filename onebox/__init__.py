"""Everything on one machine: supervisor, embedded PostgreSQL and Valkey, native libraries, fonts.

Started by `run.py`. The product never imports this package (import-linter checks it); production does not need it.
"""
