"""Settings, addresses and a small kernel without tables."""
