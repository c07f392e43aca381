"""`run.py bench`: what the product costs, measured over HTTP on the server that `run.py` starts.

`data` databases · `web` servers · `client` a browser without a screen · `measure` samples and their figures ·
`reads`, `road`, `papers`, `sweeps`, `process` what is measured · `counted` and `floor` run in processes of their own,
beside the server that is timed · `profiled` where the time of one page
goes · `table` turns the printed lines into the tables of docs/benchmarks.md.
"""
