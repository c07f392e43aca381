"""What a house must keep (编号、单据、照片、规则)."""
