"""News for apps further down the road, sent after commit."""

from django.dispatch import Signal

#: kwargs: order_id, action, source, target, actor_id.
order_moved = Signal()

#: Sent inside the move's transaction, after the state is written: a later app changes its own rows in the same step,
#: and what it refuses undoes the move. kwargs: order, action, actor, note.
order_moving = Signal()

#: Sent inside the transaction that answers extra lines. kwargs: order, actor.
lines_answered = Signal()

#: Sent inside the transaction that withdraws an approved line. kwargs: line, actor. What a receiver refuses undoes it.
line_withdrawing = Signal()

#: Sent inside the transaction that takes a substitute instead of a draft's part, before the draft is deleted: what
#: hangs on the draft moves to the new line. kwargs: old, new.
draft_swapped = Signal()
