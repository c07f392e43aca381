"""Writes of the workshop: keyword-only, one transaction each. The order is locked before its jobs."""
