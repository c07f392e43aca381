"""Pages that look along the whole road (工作台、客户页)."""
