"""What the machine of promise R8 remembers by itself of what people said and did. It never asks the product."""

from __future__ import annotations

from datetime import datetime


class OwnAccount:
    """Our own account of things: people by their place in the world, messages by their id."""

    def remember_from_here(self) -> None:
        self.refused: set[int] = set()
        self.acknowledged: set[int] = set()
        self.no_consent: set[tuple[int, str]] = set()
        self.approved: dict[int, tuple[str, datetime]] = {}
        self.answered: dict[int, datetime] = {}
        self.left: dict[int, int] = {}
        self.allowed: dict[int, int] = {}
        self.held_until: dict[int, datetime] = {}
        self.departures: dict[int, list[datetime]] = {}
        self.quiet_until: dict[int, datetime] = {}
        self.stopped: set[str] = set()
        self.moved: set[int] = set()
        self.said_stop: dict[int, datetime] = {}
        self.confirmed: set[int] = set()
