"""The return (跟踪、流失、指标)."""
