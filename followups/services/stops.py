"""Why following up on a lead stopped: one line, from whatever stopped it last."""

from __future__ import annotations

from contacts.models import ActiveSuppression
from contacts.states import SuppressionChannel
from followups.models import Closing, Lead, Sequence
from followups.rules import Stop, say_stop
from followups.states import Disposition, SequenceStatus


def why_it_stopped(lead: Lead) -> str:
    """Why nobody follows up on this lead, or last stopped to; empty where that never happened.

    What stands now is said: the lead's own closing, or that nobody may write to them at all. Else what stopped it
    before, and when it came back: a closing, or the end of its last sequence. Three queries, whatever is known.
    """
    stop = _standing(lead) or _before(lead)
    return "" if stop is None else say_stop(stop)


def _standing(lead: Lead) -> Stop | None:
    closed = _closed(lead)
    by_itself = lead.disposition == Disposition.STOPPED and lead.disposition_by_id is None
    refused = _refused(lead, only_everywhere=not by_itself)
    if closed is None or refused is None:
        return closed or refused
    # Where a refusal is what closed it, its own words say more. Otherwise the later of the two is what stops it.
    return refused if by_itself or refused.at > closed.at else closed


def _closed(lead: Lead) -> Stop | None:
    if lead.disposition_at is None:
        return None
    return Stop(
        at=lead.disposition_at,
        what=lead.outcome.label if lead.outcome is not None else str(Disposition(lead.disposition).label),
        words=lead.disposition_reason,
        by=str(lead.disposition_by or ""),
        until=lead.recycle_on if lead.disposition == Disposition.RECYCLE else None,
    )


def _refused(lead: Lead, *, only_everywhere: bool) -> Stop | None:
    """The latest suppression that holds for the contact; on one channel only it stops the lead only with others."""
    held = ActiveSuppression.objects.filter(contact=lead.contact_id).select_related("suppression__created_by")
    if only_everywhere:
        held = held.filter(channel=SuppressionChannel.ALL)
    found = held.order_by("-at", "-key").first()
    if found is None:
        return None
    whole = " for the whole account" if found.suppression.account_id is not None else ""
    what = f"{found.get_reason_display()}{whole}"
    return Stop(at=found.at, what=what, words=found.suppression.note, by=str(found.suppression.created_by or ""))


def _before(lead: Lead) -> Stop | None:
    closing = Closing.objects.filter(lead=lead).select_related("closed_by", "outcome").order_by("-id").first()
    ended = _last_sequence(lead)
    if closing is None or (ended is not None and ended.at > closing.closed_at):
        return ended
    return Stop(
        at=closing.closed_at,
        what=closing.outcome.label if closing.outcome is not None else str(Disposition(closing.disposition).label),
        words=closing.reason,
        by=str(closing.closed_by or ""),
        back_at=closing.back_at,
    )


def _last_sequence(lead: Lead) -> Stop | None:
    """The last sequence that ended, and when the next one began."""
    newest = list(Sequence.objects.filter(lead=lead).order_by("-id")[:2])
    following = newest[0] if newest and newest[0].status == SequenceStatus.OPEN else None
    ended = [one for one in newest if one.ended_at is not None][:1]
    if not ended or ended[0].ended_at is None:
        return None
    return Stop(
        at=ended[0].ended_at,
        what=str(Disposition(ended[0].disposition).label) if ended[0].disposition else "",
        words=ended[0].end_reason,
        back_at=following.started_at if following is not None else None,
    )
