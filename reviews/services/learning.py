"""Keeping what reviewers' decisions suggest, and settling it. Nothing is ever applied by itself (mission.md 6.7)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from outreach import services as outreach
from outreach.models import TemplateVersion
from reviews import learning
from reviews.models import Suggestion
from reviews.rules.learning import (
    Proposal,
    about_asking,
    about_threshold,
    about_wording,
    most_typical,
    with_placeholders,
)
from reviews.states import SuggestionKind, SuggestionStatus
from staff.models import User
from staff.services import notify, record
from staff.states import NotificationKind

#: Approved texts that the most typical one is chosen from, the latest.
TEXTS = 40
LONGEST_SENTENCE = 500
LONGEST_REASON = 300


@transaction.atomic
def look_for_suggestions(*, now: datetime) -> int:
    """Say what the decisions of the last `reviews.learning.WINDOW` speak for. Returns how many suggestions are new.

    One open suggestion for each thing: its figures follow the decisions, and it goes when they speak for it no longer.
    What a person settled comes back only when the decisions it rested on have left the window.
    """
    settled = Suggestion.objects.exclude(status=SuggestionStatus.OPEN).filter(settled_at__gt=now - learning.WINDOW)
    quiet = set(settled.values_list("key", flat=True))
    found = {one.key: one for one in _proposals(now) if one.key not in quiet}
    Suggestion.objects.filter(status=SuggestionStatus.OPEN).exclude(key__in=list(found)).delete()
    known = set(Suggestion.objects.filter(status=SuggestionStatus.OPEN).values_list("key", flat=True))
    for key in known & set(found):
        Suggestion.objects.filter(key=key, status=SuggestionStatus.OPEN).update(
            sentence=found[key].sentence[:LONGEST_SENTENCE],
            evidence=dict(found[key].evidence),
            text=_text(found[key], now),
        )
    new = [
        Suggestion(
            kind=one.kind,
            key=key,
            about=one.about[:200],
            template_id=one.template_id,
            sentence=one.sentence[:LONGEST_SENTENCE],
            evidence=dict(one.evidence),
            text=_text(one, now),
            made_at=now,
        )
        for key, one in found.items()
        if key not in known
    ]
    # Two who look at the same moment make each suggestion once.
    Suggestion.objects.bulk_create(new, ignore_conflicts=True)
    settlers = User.objects.with_perm(
        "reviews.settle_suggestions", backend="django.contrib.auth.backends.ModelBackend", include_superusers=False
    )
    people = list(settlers.values_list("pk", flat=True)) if new else []
    for one in new:
        notify(
            user_ids=people,
            kind=NotificationKind.SUGGESTION,
            key=f"suggestion:{now:%Y-%m-%d}:{one.key}"[:100],
            title=f"A suggestion: {one.get_kind_display().lower()}, {one.about}"[:200],
            url="/suggestions/",
            now=now,
        )
    return len(new)


@transaction.atomic
def accept_suggestion(*, suggestion_id: int, by: User, now: datetime) -> tuple[Suggestion, TemplateVersion | None]:
    """Take a suggestion up. For a wording it begins a draft version with the text that is mostly approved instead;
    a person still reads, changes and approves that version. Everything else is changed where it is set.

    Raises NotPermitted, or Refused when somebody settled it before.
    """
    suggestion = _settle(suggestion_id, SuggestionStatus.ACCEPTED, by=by, now=now, reason="")
    version = None
    if suggestion.kind == SuggestionKind.CHANGE_WORDING and suggestion.template_id is not None:
        version = outreach.new_template_version(template_id=suggestion.template_id, by=by)
        if suggestion.text:
            subject, _, body = suggestion.text.partition("\n") if version.subject else ("", "", suggestion.text)
            TemplateVersion.objects.filter(pk=version.pk).update(subject=subject[:300], body=body.strip())
            version.refresh_from_db()
    return suggestion, version


@transaction.atomic
def dismiss_suggestion(*, suggestion_id: int, reason: str, by: User, now: datetime) -> Suggestion:
    """Leave everything as it is, and say why. Raises NotPermitted, or Refused without a reason or if settled."""
    if not reason.strip():
        raise outreach.Refused("Say in a few words why. It stays on the record.")
    return _settle(suggestion_id, SuggestionStatus.DISMISSED, by=by, now=now, reason=reason.strip()[:LONGEST_REASON])


def _settle(suggestion_id: int, status: SuggestionStatus, *, by: User, now: datetime, reason: str) -> Suggestion:
    if not by.has_perm("reviews.settle_suggestions"):
        raise outreach.NotPermitted("You may not settle suggestions. Ask a manager.")
    changed = Suggestion.objects.filter(pk=suggestion_id, status=SuggestionStatus.OPEN).update(
        status=status, settled_at=now, settled_by=by, reason=reason
    )
    if not changed:
        raise outreach.Refused("Somebody settled this suggestion before, or the decisions speak for it no longer.")
    suggestion = Suggestion.objects.get(pk=suggestion_id)
    record(
        action="reviews.settle_suggestion",
        actor=by,
        on=suggestion,
        summary=f"Suggestion {status.label.lower()}",
        detail={"kind": suggestion.kind, "key": suggestion.key},
    )
    return suggestion


def _proposals(now: datetime) -> list[Proposal]:
    steps = [*learning.by_cadence_step(now=now), *learning.by_playbook_step(now=now)]
    found = [
        *(about_wording(one) for one in learning.by_wording(now=now)),
        *(about_asking(one) for one in steps),
        *(about_threshold(one) for one in learning.by_score(now=now)),
    ]
    return [one for one in found if one is not None]


def _text(proposal: Proposal, now: datetime) -> str:
    """The wording that is mostly approved instead, without what was filled in for one person."""
    if proposal.kind != SuggestionKind.CHANGE_WORDING or proposal.template_id is None:
        return ""
    texts = []
    for one in learning.edited_texts(template_id=proposal.template_id, most=TEXTS, now=now):
        version = one.draft.template_version
        if version is None:
            continue
        wording = f"{version.subject}\n{version.body}" if version.subject else version.body
        text = f"{one.subject_after}\n{one.body_after}" if version.subject else one.body_after
        general = with_placeholders(wording, one.draft.approved_text, text)
        if general is not None:
            texts.append(general)
    return most_typical(texts)
