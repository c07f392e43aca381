"""A believable branch for trying things out; deterministic by seed. Names and numbers are invented."""
