"""The hand-back (交车、结算)."""
