"""The cards that later apps put on the vehicle's page."""

from accounts.policies import Actor
from customers.models import Vehicle
from dms.cards import Deck

#: About a car: its visits, its reminders.
vehicle_cards: Deck[Actor, Vehicle] = Deck()
