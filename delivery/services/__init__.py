"""Writes of the hand-back."""
