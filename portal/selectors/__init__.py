"""Reads along the whole road."""

from django.http import HttpRequest

from accounts.menu import entries
from accounts.policies import Actor
from accounts.roles import DUTIES, Role


def start_pages(request: HttpRequest, actor: Actor) -> list[str]:
    """Addresses of this person's menu, the first is where the day starts."""
    return [entry.url for entry in entries(request, actor)]


def duties(roles: list[str]) -> list[str]:
    """What these roles do, in sentences."""
    return [str(DUTIES[Role(role)].does) for role in roles]
