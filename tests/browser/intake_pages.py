"""The pages of intake, and what they need to stand on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from contacts.services import create_account, create_contact
from contacts.services.duplicates import find_duplicates
from followups import services
from followups.models import AssignmentRule
from staff.models import User

INTAKE_PAGES: list[tuple[str, str | None, Callable[[], str]]] = [
    ("intake", "manager", lambda: reverse("followups:intake") + "?q=kaja"),
    ("intake, to look at only", "concierge", lambda: reverse("followups:intake") + "?whose=unassigned"),
    ("intake, filtered", "owner", lambda: reverse("followups:intake") + "?reason=duplicate&q=nobody+at+all"),
    ("intake, filtered for promises", "owner", lambda: reverse("followups:intake") + "?reason=first_promise"),
]
POSTED_TO_INTAKE = {"intake_answer", "intake_answers"}


def rare_cases() -> None:
    """Two leads of one contact that share a mailbox with another: between them every reason there is."""
    now = timezone.now()
    owner, manager = User.objects.get(username="owner"), User.objects.get(username="manager")
    account = create_account(external_id="A-kaja", name="Kaja Studios", territory="South", owner=manager)
    create_contact(name="K. Holm", email="hello@kaja.example")
    contact = create_contact(name="Kaja Holm", email="hello@kaja.example", account=account)
    find_duplicates(now=now, contacts=[contact.pk])
    quoted: dict[str, Any] = {
        "stage": "proposal",
        "quote_sent_on": (now - timedelta(days=10)).date(),
        "contact": contact,
    }
    leads = [
        services.create_lead(
            external_id=f"kaja-{number}", territory="North", existing_customer=True, owner=whose, **quoted
        )
        for number, whose in enumerate((owner, None), 1)
    ]
    for _ in services.sweep(now=now, lead_ids=[lead.pk for lead in leads]):
        pass
    AssignmentRule.objects.create(position=10, owner=owner, territory="North")
