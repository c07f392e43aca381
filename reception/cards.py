"""The cards that later apps put on the order's page."""

from accounts.policies import Actor
from dms.cards import Deck
from reception.models import WorkOrder

#: About an order: holds and jobs, slips and payments.
order_cards: Deck[Actor, WorkOrder] = Deck()
