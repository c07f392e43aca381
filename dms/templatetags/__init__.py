"""Template tags of the product; `dms` is a builtin library, so no page loads it."""
