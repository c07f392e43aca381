"""`run.py chaos`: workers are killed while they send, Redis is wiped, and a gateway of our own counts what came."""
