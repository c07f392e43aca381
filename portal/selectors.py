"""Reads along the whole road."""

from dataclasses import dataclass

from django.http import HttpRequest

from accounts.menu import entries
from accounts.policies import Actor
from accounts.roles import DUTIES, Role


@dataclass(frozen=True, slots=True)
class Found:
    """What the palette found: pages of the menu whose name fits."""

    pages: list[tuple[str, str]]


def start_pages(request: HttpRequest, actor: Actor) -> list[str]:
    """Addresses of this person's menu, the first is where the day starts."""
    return [entry.url for entry in entries(request, actor)]


def duties(roles: list[str]) -> list[str]:
    """What these roles do, in sentences."""
    return [str(DUTIES[Role(role)].does) for role in roles]


def find(request: HttpRequest, actor: Actor, text: str) -> Found:
    """Pages of the menu; an empty text gives all of them."""
    wanted = text.strip().casefold()
    return Found(pages=[(e.url, e.label) for e in entries(request, actor) if wanted in e.label.casefold()])
