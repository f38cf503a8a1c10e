"""What people do with a lead in nurture: take it back into follow-up. Closing it is `close_out`, as for any lead."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from followups.models import Lead, OwnerNote
from followups.services.closings import came_back
from followups.services.holding import hold, withdraw_pending
from followups.services.refusals import Refused
from followups.states import Disposition
from staff.models import User
from staff.services import record

LONGEST_NOTE = 500


@transaction.atomic
def take_back(*, lead: Lead, reason: str, by: User, now: datetime) -> Lead:
    """Out of nurture and into follow-up again, with something to say: attempts count anew from `now`.

    `reason` becomes a note of the owner, for without one there would be nothing to write and the lead would go back to
    nurture at once. A nurture message that waits is withdrawn. Refuses a lead that is not in nurture, and no reason.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say what is new. It becomes the reason to write to them again.")
    if len(reason) > LONGEST_NOTE:
        raise Refused(f"This has {len(reason)} characters. Shorten it to {LONGEST_NOTE}.")
    current = hold(lead)
    if current.disposition != Disposition.NURTURE:
        raise Refused("This lead is not in nurture any more. Load the page again.")
    withdraw_pending(current, "Taken back into follow-up.", by, now)
    came_back(lead_ids=[current.pk], at=now)
    current.disposition, current.disposition_at = "", None
    current.disposition_by, current.disposition_reason, current.outcome = None, "", None
    current.woken_at = now
    closed = ("disposition", "disposition_at", "disposition_by", "disposition_reason", "outcome")
    current.save(update_fields=[*closed, "woken_at", "updated_at"])
    note = OwnerNote.objects.create(lead=current, text=reason, created_at=now, created_by=by)
    record(
        action="followups.take_back",
        actor=by,
        on=current,
        summary="Taken back from nurture",
        detail={"note": note.pk, "at": now.isoformat()},
    )
    return current
