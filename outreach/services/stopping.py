"""Stop switches: one click stops a channel, everything, or whatever no person has read; a reason lets it go on.

A stop holds from the next claim on. What a provider has already is not taken back; nobody could.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q

from contacts.states import Channel
from outreach.models import DeliveryEvent, Draft, SendingStop
from outreach.rendering import one_line
from outreach.rules.complaining import too_many, why_stopped
from outreach.services.holding import release_holds
from outreach.services.policy import take_back_what_nobody_read
from outreach.services.refusals import NotPermitted, Refused
from outreach.states import DeliveryKind, DraftStatus, StopScope
from staff.models import User
from staff.services import record

#: What an approved message that waits for a stop to be lifted is held by.
HELD_BY = "stopped"
DAY = timedelta(days=1)
LONGEST_REASON = 300


class AlreadyStopped(Refused):
    """Somebody was first. ``stop`` is theirs, and it holds."""

    def __init__(self, stop: SendingStop) -> None:
        self.stop = stop
        super().__init__(f"{_who(stop.stopped_by)} stopped this on {_when(stop.stopped_at)}. It is still stopped.")


@dataclass(frozen=True, slots=True)
class MailOfTheDay:
    """E-mails of the last 24 hours. ``complaints`` happened in them, whenever the mail was sent; ``counting`` are those
    that were noted after e-mail was let go on the last time."""

    sent: int
    delivered: int
    bounced: int
    complaints: int
    counting: int


def open_stops() -> dict[str, SendingStop]:
    """The stops that hold now, by scope, in one query."""
    held = SendingStop.objects.filter(lifted_at__isnull=True).select_related("stopped_by")
    return {stop.scope: stop for stop in held}


@transaction.atomic
def stop_sending(*, scope: str, by: User, reason: str = "", now: datetime) -> SendingStop:
    """Throw a stop switch. It holds from the next claim on, in every worker.

    With the one for whatever no person has read, what policy approved goes back before a person. Raises NotPermitted,
    and AlreadyStopped with who was first, in which case nothing changes.
    """
    if not by.has_perm("outreach.stop_sending"):
        raise NotPermitted("You may not stop sending. Ask a manager.")
    if scope not in StopScope.values:
        raise Refused("There is no such switch. Choose one of those on the page.")
    stop = _stop(scope, by, one_line(reason)[:LONGEST_REASON], now)
    if stop is None:
        raise AlreadyStopped(open_stops()[scope])
    if scope == StopScope.POLICY:
        take_back_what_nobody_read(now=now)
    return stop


@transaction.atomic
def lift_stop(*, stop_id: int, by: User, reason: str, now: datetime) -> SendingStop:
    """Let sending go on. What waited for this is due at once, and every check is made again before it leaves.

    Raises NotPermitted, or Refused without a reason and where it was lifted before.
    """
    if not by.has_perm("outreach.control_sending"):
        raise NotPermitted("You may not let sending go on. Ask a manager.")
    words = one_line(reason)[:LONGEST_REASON]
    if not words:
        raise Refused("Say why sending may go on. It is kept beside the stop.")
    stop = SendingStop.objects.select_related("lifted_by").filter(pk=stop_id).first()
    if stop is None:
        raise Refused("There is no such stop. Load the page again.")
    changed = SendingStop.objects.filter(pk=stop_id, lifted_at__isnull=True).update(
        lifted_at=now, lifted_by=by, lift_reason=words
    )
    stop.refresh_from_db()
    if not changed:
        assert stop.lifted_at is not None
        raise Refused(f"{_who(stop.lifted_by)} lifted this stop on {_when(stop.lifted_at)}. Nothing was changed.")
    released = release_holds(held_by=HELD_BY, now=now)
    record(
        action="outreach.lift_stop", actor=by, on=stop, summary=f"Sending goes on: {stop.get_scope_display()}",
        detail={"scope": stop.scope, "reason": words, "released": released, "at": now.isoformat()},
    )  # fmt: skip
    return stop


@transaction.atomic
def note_complaint(*, now: datetime) -> SendingStop | None:
    """Stop e-mail where more than 0.1 % of a day's mail was reported as spam. Call it when a complaint was noted.

    Compared are the mails of the last 24 hours that somebody reported, machines left out, with the mails sent in them.
    What was noted before e-mail was let go on the last time was weighed by a person, so it does not count again.
    Returns the new stop, or None where nothing changes. Harmless when repeated, and by many at once: two complaints
    that are noted in the same moment do not see each other, so the clock asks once a minute too.
    """
    mail = mail_of_the_day(now=now)
    if not too_many(mail.counting, mail.sent):
        return None
    return _stop(StopScope.EMAIL, None, why_stopped(mail.counting, mail.sent)[:LONGEST_REASON], now)


def mail_of_the_day(*, now: datetime) -> MailOfTheDay:
    """What became of the e-mail of the last 24 hours, in four queries. A mail counts once, however often it is told."""
    since = now - DAY
    sent = Draft.objects.filter(channel=Channel.EMAIL, status=DraftStatus.SENT, sent_at__gt=since)
    events = DeliveryEvent.objects.filter(draft__in=sent.values("pk"), machine=False)
    became = events.aggregate(
        delivered=Count("draft", distinct=True, filter=Q(kind=DeliveryKind.DELIVERED)),
        bounced=Count("draft", distinct=True, filter=Q(kind__in=[DeliveryKind.BOUNCED, DeliveryKind.REFUSED])),
    )
    let_go = SendingStop.objects.filter(scope=StopScope.EMAIL).aggregate(last=Max("lifted_at"))["last"]
    since_then = Q(noted_at__gt=let_go) if let_go is not None else Q(pk__isnull=False)
    reported = DeliveryEvent.objects.filter(
        kind=DeliveryKind.COMPLAINED, machine=False, at__gt=since, draft__channel=Channel.EMAIL
    ).aggregate(complaints=Count("draft", distinct=True), counting=Count("draft", distinct=True, filter=since_then))
    return MailOfTheDay(
        sent=sent.count(),
        delivered=became["delivered"],
        bounced=became["bounced"],
        complaints=reported["complaints"],
        counting=reported["counting"],
    )


def _stop(scope: str, by: User | None, reason: str, now: datetime) -> SendingStop | None:
    """The new stop, or None where one is open. Of two at once the index decides that allows one per scope."""
    stop, new = SendingStop.objects.get_or_create(
        scope=scope, lifted_at=None, defaults={"stopped_at": now, "stopped_by": by, "reason": reason}
    )
    if not new:
        return None
    record(
        action="outreach.stop_sending", actor=by, on=stop, summary=f"Sending stopped: {stop.get_scope_display()}",
        detail={"scope": scope, "reason": reason, "at": now.isoformat()},
    )  # fmt: skip
    return stop


def _who(user: User | None) -> str:
    return str(user) if user is not None else "Rekindle itself"


def _when(at: datetime) -> str:
    return f"{at.day} {at:%B} at {at:%H:%M} UTC"
