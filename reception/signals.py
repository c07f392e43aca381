"""News for apps further down the road, sent after commit."""

from django.dispatch import Signal

#: kwargs: order_id, action, source, target, actor_id.
order_moved = Signal()
