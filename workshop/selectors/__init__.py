"""Reads of the workshop: each a fixed number of queries."""

from workshop.selectors.batches import batches as batches
from workshop.selectors.batches import origins_of as origins_of
from workshop.selectors.board import board as board
from workshop.selectors.board import technicians as technicians
from workshop.selectors.queues import checks_waiting as checks_waiting
from workshop.selectors.queues import operations_to_choose as operations_to_choose
from workshop.selectors.queues import parts_to_choose as parts_to_choose
from workshop.selectors.queues import technician_day as technician_day
from workshop.selectors.queues import wash_queue as wash_queue
from workshop.selectors.stores import items_of as items_of
from workshop.selectors.stores import order_of as order_of
from workshop.selectors.stores import parts_of as parts_of
from workshop.selectors.stores import parts_queue as parts_queue
from workshop.selectors.stores import purchases as purchases
