"""What a reviewer decides about a message, each act with words of its own, an hour after the message was made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from contacts.states import SuppressionReason
from followups.models import Lead
from followups.states import Disposition
from outreach.models import Draft
from reviews import services
from reviews.models import ReviewDecision
from reviews.states import SuppressScope
from staff.models import User
from tests.reviews.world import NOW

LATER = NOW + timedelta(hours=1)

Act = Callable[[Draft, User], ReviewDecision]


def seen(draft: Draft, by: User) -> dict[str, Any]:
    """What every decision says: which text, who, when."""
    return {"draft_id": draft.pk, "fingerprint": draft.fingerprint, "by": by, "now": LATER}


def approve(draft: Draft, by: User, **changes: Any) -> ReviewDecision:
    return services.approve(**{**seen(draft, by), **changes})


def edited(draft: Draft, by: User, act: Any = services.edit, **changes: Any) -> ReviewDecision:
    text = {"subject": draft.subject, "body": draft.body.replace("Hello", "Good morning")}
    decision: ReviewDecision = act(**{**seen(draft, by), **text, **changes})
    return decision


def edit_and_approve(draft: Draft, by: User, **changes: Any) -> ReviewDecision:
    return edited(draft, by, services.edit_and_approve, **changes)


def suppress(draft: Draft, by: User, scope: str = SuppressScope.CONTACT, **changes: Any) -> ReviewDecision:
    said = {"scope": scope, "why": SuppressionReason.EXPLICIT_NO, "reason": "She told me on the phone."}
    return services.suppress(**{**seen(draft, by), **said, **changes})


def give_up(draft: Draft, by: User, **changes: Any) -> ReviewDecision:
    """Stop this follow-up only; the other stops hold whatever became of the message."""
    return suppress(draft, by, SuppressScope.SEQUENCE, **changes)


def close_out(draft: Draft, by: User, disposition: str = Disposition.NURTURE, **changes: Any) -> ReviewDecision:
    said = {"disposition": disposition, "reason": "Not this year."}
    return services.close_out(**{**seen(draft, by), **said, **changes})


def lead_of(draft: Draft) -> Lead:
    return Lead.objects.get(attempts__draft=draft)
