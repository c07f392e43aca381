"""Reads along the whole road."""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.menu import entries
from accounts.policies import Actor
from accounts.roles import DUTIES, Role
from customers import selectors as customers


@dataclass(frozen=True, slots=True)
class Found:
    """What the palette found: cars with their owners, and pages of the menu whose name fits."""

    cars: list[customers.Found]
    pages: list[tuple[str, str]]


def start_pages(request: HttpRequest, actor: Actor) -> list[str]:
    """Addresses of this person's menu, the first is where the day starts."""
    return [entry.url for entry in entries(request, actor)]


def duties(roles: list[str]) -> list[str]:
    """What these roles do, in sentences."""
    return [str(DUTIES[Role(role)].does) for role in roles]


def find(request: HttpRequest, actor: Actor, text: str) -> Found:
    """Cars and pages of the menu; an empty text gives all pages and no car."""
    wanted = text.strip().casefold()
    return Found(
        cars=customers.find(actor.branch, text) if actor.can("vehicle.view") else [],
        pages=[(e.url, e.label) for e in entries(request, actor, most=None) if wanted in e.label.casefold()],
    )
