"""News for apps further down the road."""

from django.dispatch import Signal

#: Sent inside the transaction in which goods come in, before any shelf is locked. A receiver locks what waits for them
#: (orders come before shelves everywhere, or two would wait in a ring) and returns what is to be done when they are in.
#: kwargs: actor, part_ids.
goods_arriving = Signal()
