"""News of retention."""

from django.dispatch import Signal

#: Sent inside the transaction that gives up calls. kwargs: branch, rows (customer_id, vehicle_id, subject_key, plate).
#: Who plans messages answers with one for each customer (kind "unreachable").
calls_unreachable = Signal()
