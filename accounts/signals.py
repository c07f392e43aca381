"""News for apps further down the road."""

from django.dispatch import Signal

#: Sent inside the transaction that opens a branch: a later app puts in the first data that a house begins with.
#: kwargs: branch.
branch_opened = Signal()
