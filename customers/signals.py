"""News of customers and cars for the apps down the road."""

from django.dispatch import Signal

#: In the act that writes them, so that no crash can lose it: `cars` are the `NewCar` rows, with vehicle and customer.
cars_handed_over = Signal()
