"""A lead held while somebody acts on it, and its messages taken back."""

from __future__ import annotations

from datetime import datetime

from contacts.models import Contact
from followups.models import Attempt, Lead
from outreach import services as outreach
from outreach.models import Draft
from staff.models import User


def hold(lead: Lead) -> Lead:
    """The lead as it is now, held. Its contact first, in the order of everything that writes to or stops a contact."""
    list(Contact.objects.select_for_update().filter(pk=lead.contact_id).values_list("pk"))
    return Lead.objects.select_for_update().get(pk=lead.pk)


def withdraw_pending(lead: Lead, reason: str, by: User, now: datetime) -> None:
    """Take back what waits for review or delivery. What is being sent stays."""
    pending = list(Draft.objects.filter(attempt__lead=lead).pending().values_list("pk", flat=True))
    if not pending:
        return
    outreach.withdraw(draft_ids=pending, reason=reason, now=now, by=by)
    Attempt.objects.filter(draft_id__in=pending, withdrawn_at=None, draft__status="withdrawn").update(withdrawn_at=now)
