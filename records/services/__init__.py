"""Writes of the house's records."""
