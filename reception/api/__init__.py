"""The API of work orders: the same services, judged by the same policies, refused with the same sentences."""
