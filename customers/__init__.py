"""Who comes: customers, their vehicles, and what is known of both."""
