<<<<<<< HEAD
"""What is sold (工项、配件、库存、套餐)."""
=======
"""What is sold: operations, parts, prices, stock."""
>>>>>>> helper-c
