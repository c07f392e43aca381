"""The cards that later apps put on the order's page: below 50 above the items, from 50 on beneath them."""

from accounts.policies import Actor
from dms.cards import Deck
from reception.models import WorkOrder

#: About an order: holds and jobs, slips and payments.
order_cards: Deck[Actor, WorkOrder] = Deck()
