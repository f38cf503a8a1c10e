"""Playbooks to try things on, made through the services."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from contacts.states import EventKind
from outreach.models import Template, TemplateVersion
from outreach.states import TemplateStatus
from retention.models import PlaybookVersion
from retention.services import playbooks

#: A Wednesday, at noon.
NOW = datetime(2026, 5, 13, 12, tzinfo=UTC)

_numbers = count(1)

STEPS: list[dict[str, Any]] = [
    {"name": "Book again", "purpose": "friction", "channel": "sms", "earliest_hours": 0, "latest_hours": 8},
    {"name": "A tip", "purpose": "education", "channel": "email", "earliest_hours": 36, "latest_hours": 60},
]
SOUND: dict[str, Any] = {
    "bands": ["high"],
    "goal": "A booking",
    "goal_kinds": [EventKind.BOOKING_MADE],
    "assumed_uplift": "3.5",
    "uplift_source": "The seed.",
    "pilot_most": 10,
}


def steps(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"angle": "tried", **one} for one in (*STEPS, *more)]


def approved(angle: str = "tried", channels: tuple[str, ...] = ("sms", "email")) -> None:
    """Approved wording for an angle, as a manager's template."""
    for channel in channels:
        template = Template.objects.create(key=f"{angle}-{channel}", name=angle, channel=channel, angle=angle)
        TemplateVersion.objects.create(
            template=template, number=1, body="Hello.", status=TemplateStatus.APPROVED, approved_at=NOW
        )


def drafted(name: str = "", **changes: Any) -> PlaybookVersion:
    """A draft of which nothing is wrong or missing, once there is wording."""
    name = name or f"tried-{next(_numbers)}"
    made = playbooks.create_playbook(name=name, title=name.capitalize(), by=None)
    return playbooks.edit_version(version=made, changes={**SOUND, **changes}, steps=steps(), by=None)


def put_in_force(version: PlaybookVersion) -> PlaybookVersion:
    return playbooks.publish(version=version, reason="Tried out.", by=None, now=NOW)
