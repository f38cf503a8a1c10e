"""Where the entries of a timeline come from: one bounded query each, however much there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.formats import date_format

from contacts.models import Address, ConsentRecord, Contact, Merge, Suppression, SuppressionLift, Touch
from contacts.states import AddressKind, Channel, Consent, Direction, SuppressionReason, TouchKind
from followups.models import Decision, OwnerNote
from outreach.models import Draft, Reply
from retention.models import ScoreChange, ScoreFeedback, ScoreOverride
from retention.rules.words import because
from retention.states import ChangeCause
from reviews.models import Note, ReviewDecision
from reviews.timeline import playbooks
from reviews.timeline.entries import Entry
from reviews.timeline.places import Bound, Place

#: Reasons that a person gave us themselves.
_THEIR_WORD = (SuppressionReason.OPTED_OUT, SuppressionReason.EXPLICIT_NO, SuppressionReason.COMPLAINT)


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of entries.

    ``rows`` are all of a contact's, with the moment they are placed at in ``at``. ``tell`` puts one into words.
    ``directions`` narrows the rows to what came from them or from us; a source that names neither is left out then.
    """

    groups: tuple[str, ...]
    rows: Callable[[Contact], QuerySet[Any]]
    at: str
    tell: Callable[[Any], dict[str, Any]]
    directions: dict[str, Q]
    narrow: Callable[[str], Q] = lambda _group: Q()

    def read(self, contact: Contact, *, rank: int, bound: Bound, limit: int, group: str, direction: str) -> list[Entry]:
        """The newest entries behind a place, at most ``limit``. One query."""
        older = Q(**{f"{self.at}__lt": bound.at}) | Q(**{self.at: bound.at, "pk__lt": bound.below})
        rows = self.rows(contact).filter(older, self.narrow(group), self.directions.get(direction, Q()))
        found: Iterable[Model] = rows.order_by(f"-{self.at}", "-pk")[:limit]
        return [
            Entry(**{"group": self.groups[0], "place": Place(getattr(row, self.at), rank, row.pk), **self.tell(row)})
            for row in found
        ]


def _day(value: Any) -> str:
    return date_format(value, "j F Y")


def _sentence(*parts: object) -> str:
    """What there is of the parts, joined."""
    return ". ".join(str(part).rstrip(".") for part in parts if part)


def _touches_of(group: str) -> Q:
    apart = {"calls": Q(kind=TouchKind.CALL), "notes": Q(kind=TouchKind.NOTE)}
    return apart.get(group, Q() if not group else ~Q(kind__in=[TouchKind.CALL, TouchKind.NOTE]))


def _touch(row: Touch) -> dict[str, Any]:
    # A touch lies on a lead or on none; those of a customer have none.
    lead = getattr(row, "lead_touch", None)
    reply_id = getattr(row, "reply_id", None)
    return {
        "group": {TouchKind.CALL: "calls", TouchKind.NOTE: "notes"}.get(TouchKind(row.kind), "conversation"),
        "direction": row.direction,
        "title": f"{row.get_kind_display()}{'' if row.kind == TouchKind.CALL else _BY[row.channel]}",
        "detail": _sentence(row.summary, f"Back on {_day(row.returns_on)}" if row.returns_on else ""),
        "opens": ("reply", reply_id) if reply_id else ("lead", lead.lead_id) if lead is not None else None,
    }


_BY = {
    "": "",
    Channel.EMAIL.value: " by e-mail",
    Channel.SMS.value: " by SMS",
    Channel.PUSH.value: " by push message",
    Channel.IN_APP.value: " in the app",
    Channel.CALL.value: " on the phone",
}


def _note(row: OwnerNote) -> dict[str, Any]:
    return {
        "title": f"Note of {row.created_by}",
        "detail": row.text,
        "opens": ("lead", row.lead_id),
    }


def _colleagues_note(row: Note) -> dict[str, Any]:
    if row.draft_id is not None:
        opens: tuple[str, int] | None = ("message", row.draft_id)
    else:
        opens = None if row.call_id is None else ("call", row.call_id)
    return {"title": f"Note of {row.by}", "detail": row.text, "opens": opens}


def _draft(row: Draft) -> dict[str, Any]:
    return {
        "direction": Direction.OUT.value,
        "title": f"{row.get_channel_display()}: {row.subject or row.get_kind_display()}",
        "mark": row.get_status_display(),
        "detail": row.status_reason or (f"Reason to write: {row.reason_text}" if row.reason_text else ""),
        "text": row.body,
        "opens": ("message", row.pk),
    }


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "title": f"Decided: {row.get_decision_display()}",
        "detail": _sentence(row.explanation, f"Quiet because: {row.get_trigger_display()}" if row.trigger else ""),
        "opens": ("lead", row.lead_id),
    }


def _review(row: ReviewDecision) -> dict[str, Any]:
    return {
        "title": f"{row.get_action_display()} by {row.decided_by}",
        "detail": _sentence(row.reason, row.draft.subject),
        "opens": ("message", row.draft_id),
    }


def _score(row: ScoreChange) -> dict[str, Any]:
    if row.total_before is None:
        title = f"First score: {row.total_after}"
    else:
        title = f"Score {row.total_before} to {row.total_after}"
    if row.band_before != row.band_after:
        title = f"{title}, {row.get_band_after_display()}"
    moved = because(row.by_behaviour, row.by_configuration, row.by_missing)
    return {
        "title": title,
        "detail": _sentence(moved if row.total_before is not None else "", f"By {row.version}"),
        "mark": row.get_cause_display() if row.cause in (ChangeCause.PUBLISH, ChangeCause.CHECK) else "",
        "opens": ("customer", row.customer_id),
    }


def _override(row: ScoreOverride) -> dict[str, Any]:
    ended = f"Ended on {_day(row.ended_at)}" + (f" by {row.ended_by}" if row.ended_by else "") if row.ended_at else ""
    return {
        "title": f"{row.get_band_display()} set by {row.created_by} until {_day(row.expires_at)}",
        "detail": _sentence(row.reason, ended),
        "opens": ("customer", row.customer_id),
    }


def _feedback(row: ScoreFeedback) -> dict[str, Any]:
    return {
        "title": f"{row.created_by} says that the score is wrong",
        "detail": _sentence(row.note, f"It stood at {row.total}, {row.get_band_display()}"),
        "opens": ("customer", row.customer_id),
    }


def _consent(row: ConsentRecord) -> dict[str, Any]:
    if row.merge_id is not None:
        # Nobody said this: it follows from a merge, or from its end.
        return {
            "direction": "",
            "title": f"{row.get_channel_display()}: {_AFTER_A_MERGE[row.status]}",
            "detail": _sentence(row.source),
        }
    return {
        "direction": Direction.IN.value,
        "title": f"{row.get_channel_display()}: {'allows' if row.status == Consent.YES else 'refuses'} messages",
        "detail": _sentence(row.source, f"Taken down by {row.recorded_by}" if row.recorded_by else ""),
    }


_AFTER_A_MERGE = {
    Consent.YES.value: "may be used",
    Consent.NO.value: "may not be used",
    Consent.UNKNOWN.value: "not known any more whether it may be used",
}


def _suppression(row: Suppression) -> dict[str, Any]:
    whose = "for the whole account" if row.account_id else f"for {row.address_value}" if row.address_value else ""
    return {
        "direction": Direction.IN.value if row.reason in _THEIR_WORD and row.merge_id is None else "",
        "title": f"Nothing more is sent: {row.get_reason_display().lower()}",
        "detail": _sentence(f"{row.get_channel_display()} {whose}".strip(), row.source, row.note),
        "mark": "lifted since" if getattr(row, "lifted", False) else "",
    }


def _lift(row: SuppressionLift) -> dict[str, Any]:
    return {
        "title": f"{row.lifted_by} lifted “{row.suppression.get_reason_display().lower()}”",
        "detail": _sentence(row.suppression.get_channel_display(), row.reason),
    }


def _merge(row: Merge) -> dict[str, Any]:
    return {
        "title": merge_title(row),
        "detail": _sentence(row.get_key_display(), row.reason, f"By {row.merged_by}" if row.merged_by else ""),
        "mark": f"undone on {_day(row.undone_at)}" if row.undone_at else "",
    }


def merge_title(row: Merge) -> str:
    """Who became part of whom. Two of the same name are told apart by their numbers."""
    if str(row.merged) == str(row.survivor):
        return f"{row.merged}: contact {row.merged_id} became part of contact {row.survivor_id}"
    return f"{row.merged} became part of {row.survivor}"


def suppressions_of(contact: Contact) -> QuerySet[Suppression]:
    """Everything that was ever refused for this person: by themselves, their account, or one of their addresses.

    The addresses are read first: asked for in the same breath, they would have the whole table looked through.
    """
    whom = Q(contact=contact)
    if contact.account_id is not None:
        whom |= Q(account=contact.account_id)
    theirs = list(Address.objects.filter(contact=contact).values_list("kind", "value"))
    for kind in AddressKind.values:
        if values := [value for one, value in theirs if one == kind]:
            whom |= Q(address_kind=kind, address_value__in=values) & ~Q(address_value="")
    return Suppression.objects.filter(whom)


_IN, _OUT = Direction.IN.value, Direction.OUT.value
_EVERYTHING = Q()

#: In the order of their ranks, from 1 on; 0 are the events. At the same instant, what stands later here comes first.
SOURCES = (
    Source(
        groups=("conversation", "calls", "notes"),
        rows=lambda contact: (
            Touch.objects.filter(contact=contact)
            .select_related("lead_touch")
            .annotate(reply_id=Subquery(Reply.objects.filter(touch=OuterRef("pk")).values("pk")[:1]))
        ),
        at="at",
        tell=_touch,
        directions={_IN: Q(direction=_IN), _OUT: Q(direction=_OUT)},
        narrow=_touches_of,
    ),
    Source(
        groups=("notes",),
        rows=lambda contact: OwnerNote.objects.filter(lead__contact=contact).select_related("created_by"),
        at="created_at",
        tell=_note,
        directions={},
    ),
    Source(
        groups=("decisions",),
        rows=lambda contact: Decision.objects.filter(lead__contact=contact).defer("evidence"),
        at="decided_at",
        tell=_decision,
        directions={},
    ),
    Source(
        groups=("messages",),
        rows=lambda contact: (
            Draft.objects.filter(contact=contact)
            .defer("evidence", "approved_text")
            # What waits or was given up stands where it was decided to write it.
            .annotate(stands_at=Coalesce("sent_at", "attempt__decision__decided_at", "created_at"))
        ),
        at="stands_at",
        tell=_draft,
        directions={_OUT: _EVERYTHING},
    ),
    Source(
        groups=("decisions",),
        rows=lambda contact: (
            ReviewDecision.objects.filter(draft__contact=contact)
            .select_related("decided_by", "draft")
            .only("action", "decided_by", "decided_at", "reason", "draft__subject")
        ),
        at="decided_at",
        tell=_review,
        directions={},
    ),
    Source(
        groups=("scores",),
        rows=lambda contact: ScoreChange.objects.filter(customer__contact=contact).select_related("version__model"),
        at="at",
        tell=_score,
        directions={},
    ),
    Source(
        groups=("scores",),
        rows=lambda contact: ScoreOverride.objects.filter(customer__contact=contact).select_related(
            "created_by", "ended_by"
        ),
        at="created_at",
        tell=_override,
        directions={},
    ),
    Source(
        groups=("scores",),
        rows=lambda contact: ScoreFeedback.objects.filter(customer__contact=contact).select_related("created_by"),
        at="created_at",
        tell=_feedback,
        directions={},
    ),
    Source(
        groups=("permission",),
        rows=lambda contact: ConsentRecord.objects.filter(contact=contact).select_related("recorded_by"),
        at="recorded_at",
        tell=_consent,
        directions={_IN: Q(merge__isnull=True)},
    ),
    Source(
        groups=("permission",),
        rows=lambda contact: suppressions_of(contact).annotate(lifted=Q(lift__isnull=False)),
        at="at",
        tell=_suppression,
        directions={_IN: Q(reason__in=_THEIR_WORD, merge__isnull=True)},
    ),
    Source(
        groups=("permission",),
        rows=lambda contact: SuppressionLift.objects.filter(suppression__in=suppressions_of(contact)).select_related(
            "suppression", "lifted_by"
        ),
        at="lifted_at",
        tell=_lift,
        directions={},
    ),
    Source(
        groups=("merges",),
        rows=lambda contact: Merge.objects.filter(Q(survivor=contact) | Q(merged=contact)).select_related(
            "survivor", "merged", "merged_by"
        ),
        at="merged_at",
        tell=_merge,
        directions={},
    ),
    Source(
        groups=("playbooks",),
        rows=playbooks.steps_of,
        at="at",
        tell=playbooks.step,
        directions={},
    ),
    Source(
        groups=("calls",),
        rows=playbooks.calls_of,
        at="created_at",
        tell=playbooks.call,
        directions={},
    ),
    Source(
        groups=("playbooks",),
        rows=playbooks.enrolments_of,
        at="stands_at",
        tell=playbooks.begun,
        directions={},
    ),
    Source(
        groups=("playbooks",),
        rows=playbooks.ends_of,
        at="ended_at",
        tell=playbooks.ended,
        directions={},
    ),
    Source(
        groups=("notes",),
        rows=lambda contact: Note.objects.filter(contact=contact).select_related("by"),
        at="at",
        tell=_colleagues_note,
        directions={},
    ),
)


def wanted(source: Source, group: str, direction: str) -> bool:
    """Whether a source can have anything for these filters."""
    return (not group or group in source.groups) and (not direction or direction in source.directions)
