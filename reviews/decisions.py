"""Reads of what reviewers decided: whoever may see a message sees every decision about it, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median

from django.db.models import Q, QuerySet

from contacts.importing.cells import SafeWriter
from outreach.models import Draft
from reviews.models import ReviewDecision
from reviews.states import ReviewAction
from staff.models import User

PAGE = 50
#: Rows of the file that are read and sent at a time.
CHUNK = 200
#: For how long back the figures of a person count.
FIGURES_OF = timedelta(days=90)
MOST_DECISIONS = 5000

COLUMNS = (
    "id", "decided_at", "by", "action", "message", "contact", "account", "channel", "wording", "words", "words_changed",
    "stopped_for", "disposition", "reason", "given_to", "until", "subject_seen", "text_seen", "subject_after",
    "text_after", "checks",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DecisionPlace:
    """Where a page begins: after the decision made at this moment with this id, the newest first."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}_{self.id}"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE = re.compile(r"([0-9]{1,17})_([0-9]{1,18})")


def place(text: str) -> DecisionPlace | None:
    """Read a place back. What is none gives None, and the list begins at its start."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    try:
        return DecisionPlace(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
    except OverflowError:
        return None


def decisions_for(user: User) -> QuerySet[ReviewDecision]:
    """Every decision that ``user`` may see, the newest first."""
    found = ReviewDecision.objects.order_by("-decided_at", "-id")
    if user.is_superuser or user.has_perm("reviews.review_every_team"):
        return found
    return found.filter(draft__in=Draft.objects.visible_to(user))


def people_for(user: User) -> QuerySet[User]:
    """Whose decisions ``user`` may ask for in the list: their own, their team's, those of the teams they manage and of
    the manager of their own, or everybody's.
    """
    everybody = User.objects.order_by("name", "id")
    if user.is_superuser or user.has_perm("reviews.review_every_team"):
        return everybody
    near = Q(pk=user.pk) | Q(team__manager=user)
    if user.team_id is not None:
        near |= Q(team=user.team_id) | Q(managed_teams=user.team_id)
    return everybody.filter(pk__in=User.objects.filter(near).values("pk"))


def may_ask_about(user: User, person: User) -> bool:
    """Whether ``user`` may open the history of ``person``: one of `people_for`, or who decided what ``user`` sees."""
    return people_for(user).filter(pk=person.pk).exists() or decisions_for(user).filter(decided_by=person).exists()


def narrowed(
    found: QuerySet[ReviewDecision],
    *,
    by: User | None = None,
    action: str = "",
    first_on: date | None = None,
    last_on: date | None = None,
    draft_id: int | None = None,
    template_id: int | None = None,
) -> QuerySet[ReviewDecision]:
    """Only those by this person, of this kind, on these days (both included, UTC), about this message or wording."""
    if by is not None:
        found = found.filter(decided_by=by)
    if action:
        found = found.filter(action=action)
    if first_on is not None:
        found = found.filter(decided_at__gte=datetime(first_on.year, first_on.month, first_on.day, tzinfo=UTC))
    if last_on is not None and last_on < date.max:
        end = last_on + timedelta(days=1)
        found = found.filter(decided_at__lt=datetime(end.year, end.month, end.day, tzinfo=UTC))
    if draft_id is not None:
        found = found.filter(draft=draft_id)
    if template_id is not None:
        found = found.filter(draft__template_version__template=template_id)
    return found


def page(
    found: QuerySet[ReviewDecision], after: DecisionPlace | None, size: int = PAGE
) -> tuple[list[ReviewDecision], DecisionPlace | None]:
    """One page in a fixed number of queries, and where the next one begins if there is one."""
    if after is not None:
        older = Q(decided_at__lt=after.at) | Q(decided_at=after.at, id__lt=after.id)
        found = found.filter(older, decided_at__lte=after.at)
    ordered = found.select_related("decided_by", "to_user", "draft__contact").defer(
        "body_before", "body_after", "findings", "draft__body", "draft__approved_text", "draft__evidence"
    )
    rows = list(ordered[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return rows, DecisionPlace(rows[-1].decided_at, rows[-1].pk) if more else None


def changed_in_words(decision: ReviewDecision) -> str:
    """How far the text is from what the template said, for instance “3 of 80 words”. Empty where nobody knows."""
    if decision.words_changed is None:
        return ""
    if decision.words_changed == 0:
        return "As the template says"
    words = decision.words_before or decision.words_changed
    return f"{decision.words_changed} of {max(words, decision.words_changed)} words"


@dataclass(frozen=True, slots=True)
class Figures:
    """What somebody decided lately. ``share`` is the median share of words changed where any were, in per cent."""

    decided: int
    unchanged: int
    edited: int
    refused: int
    share: int | None


def figures_of(found: QuerySet[ReviewDecision], *, now: datetime) -> Figures:
    """The figures of the decisions of the last `FIGURES_OF`, of the latest `MOST_DECISIONS` at most. One query."""
    rows = list(
        found.filter(decided_at__gt=now - FIGURES_OF).values_list("action", "words_before", "words_changed")[
            :MOST_DECISIONS
        ]
    )
    approved = [row for row in rows if row[0] in (ReviewAction.APPROVE, ReviewAction.EDIT_APPROVE)]
    shares = [min(1.0, changed / max(before or 1, 1)) for _, before, changed in approved if changed]
    return Figures(
        decided=len(rows),
        unchanged=sum(1 for _, _, changed in approved if changed == 0),
        edited=len(shares),
        refused=sum(1 for row in rows if row[0] in (ReviewAction.SUPPRESS, ReviewAction.CLOSE_OUT)),
        share=round(100 * median(shares)) if shares else None,
    )


def as_file(found: QuerySet[ReviewDecision]) -> Iterator[str]:
    """The decisions as CSV that a spreadsheet runs no formula of, a few at a time: memory does not grow with them."""
    sink = _Lines()
    writer = SafeWriter(sink, COLUMNS)
    related = found.select_related(
        "decided_by", "to_user", "draft__contact", "draft__template_version__template"
    ).defer("draft__body", "draft__approved_text", "draft__evidence")
    for count, one in enumerate(related.iterator(chunk_size=CHUNK), start=1):
        writer.write(_cells(one))
        if count % CHUNK == 0:
            yield sink.taken()
    yield sink.taken()


class _Lines:
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def write(self, text: str, /) -> None:
        self._parts.append(text)

    def taken(self) -> str:
        text = "".join(self._parts)
        self._parts.clear()
        return text


def _cells(one: ReviewDecision) -> tuple[object, ...]:
    draft, version = one.draft, one.draft.template_version
    return (
        one.pk, one.decided_at, one.decided_by.username, one.get_action_display(), draft.pk, draft.contact.name,
        draft.account_name, draft.get_channel_display(), f"{version.template.key} {version.number}" if version else "",
        one.words_before, one.words_changed, one.scope, one.disposition, one.reason,
        one.to_user.username if one.to_user else "", one.until, one.subject_before, one.body_before, one.subject_after,
        one.body_after, "; ".join(str(finding.get("message", "")) for finding in one.findings),
    )  # fmt: skip
