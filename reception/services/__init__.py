"""Writes of reception. `flow.move` is the only writer of an order's state."""
