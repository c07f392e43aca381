"""What is sold (工项、配件、库存、套餐)."""
