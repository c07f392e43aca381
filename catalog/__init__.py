"""What is sold: operations, parts, prices, stock."""
