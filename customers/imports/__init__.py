"""Lists from other systems: read, matched with our columns, checked, written. Nothing of a file is held whole.

`sources` reads files, `columns` guesses what a column is, `cells` and `checks` clean a row, `staging` keeps the cleaned
rows, `writing` brings them into our tables, `runs` holds what people do, `reading` what pages show.
"""
