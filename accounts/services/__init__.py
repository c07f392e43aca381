"""Writes of people and places."""
