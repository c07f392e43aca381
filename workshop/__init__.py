"""The execution (派工、作业、质检)."""
