"""Choices of merges."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Twin(models.TextChoices):
    """What can stand here twice."""

    CUSTOMER = "customer", _("Customer")
    VEHICLE = "vehicle", _("Vehicle")
