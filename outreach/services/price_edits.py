"""Who changed a price in a message: whoever did does not approve it alone (mission.md 6.6)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from outreach import rules
from outreach.models import Draft
from outreach.rules import PriceEdit
from staff.models import User


def price_mark(draft: Draft, *, subject: str, body: str, by: User, now: datetime) -> dict[str, Any]:
    """What a draft remembers of the prices of a new text; nothing where the edit leaves them alone.

    A text that names the prices of the template again has none that anybody changed.
    """
    after = rules.money_in(f"{subject}\n{body}")
    if after == rules.money_in(draft.approved_text):
        return {"price_edited_by": None, "price_edited_at": None}
    if after == rules.money_in(f"{draft.subject}\n{draft.body}"):
        return {}
    return {"price_edited_by": by, "price_edited_at": now}


def price_edit(draft: Draft, *, by: User | None) -> PriceEdit | None:
    """What `outreach.rules.why_not_approve` has to know about it; None when nobody changed a price."""
    if draft.price_edited_by_id is None:
        return None
    team = draft.owner.team if draft.owner is not None else None
    return PriceEdit(
        edited_by=draft.price_edited_by_id,
        value=draft.value,
        four_eyes_from=team.four_eyes_from if team is not None else Decimal(0),
        who_may=_others(draft, by) if by is not None and by.pk == draft.price_edited_by_id else (),
    )


def _others(draft: Draft, by: User) -> tuple[str, ...]:
    """Who decides about this draft beside ``by``, by name. Those who review every team are too many to name."""
    if draft.owner is None:
        return ("anybody else who reviews",)
    manager_id = draft.owner.team.manager_id if draft.owner.team is not None else None
    manager = User.objects.filter(pk=manager_id).first() if manager_id is not None else None
    return tuple(str(one) for one in (draft.owner, manager) if one is not None and one != by and one.is_active)
