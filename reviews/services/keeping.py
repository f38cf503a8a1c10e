"""Unfinished edits are kept on the server, so that nothing that somebody typed is ever lost."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from contacts.states import HEADING_OF_CHANNEL
from outreach.models import Draft
from outreach.services import Refused
from reviews.models import EditDraft, ReviewDecision
from staff.models import User

#: As long as a text may be at all: half of one is still worth keeping.
LONGEST_BODY = 20_000
LONGEST_SUBJECT = 300
#: An edit that nobody came back to for so long is forgotten.
FORGET_AFTER = timedelta(days=30)


@transaction.atomic
def keep_edit(*, draft_id: int, fingerprint: str, subject: str, body: str, by: User, now: datetime) -> EditDraft | None:
    """Keep what ``by`` has typed so far into the text with this fingerprint. One for each person and message.

    None where it is the text itself: there is nothing to keep then. Nothing is judged, since nothing is decided. Raises
    Refused for what is longer than any text may be.
    """
    if len(body) > LONGEST_BODY:
        raise Refused(f"The text has {len(body)} characters. Shorten it to {LONGEST_BODY}; it is not kept.")
    body = body.replace("\r\n", "\n")
    draft = Draft.objects.only("pk", "fingerprint", "channel", "subject", "body").get(pk=draft_id)
    heading = HEADING_OF_CHANNEL.get(draft.channel, "")
    if heading and len(subject) > LONGEST_SUBJECT:
        raise Refused(
            f"The {heading.lower()} has {len(subject)} characters. Shorten it to {LONGEST_SUBJECT}; it is not kept."
        )
    before = EditDraft.objects.filter(draft_id=draft_id, user=by).first()
    if fingerprint == draft.fingerprint:
        base = draft.subject, draft.body
    elif before is not None and before.fingerprint == fingerprint:
        base = before.base_subject, before.base_body
    else:
        base = _text_then(draft_id, fingerprint)
    if not heading:
        # Nobody can type one there.
        subject = base[0]
    if fingerprint == draft.fingerprint and (subject, body) == base:
        EditDraft.objects.filter(draft_id=draft_id, user=by).delete()
        return None
    kept, _ = EditDraft.objects.update_or_create(
        draft_id=draft_id,
        user=by,
        defaults={
            "fingerprint": fingerprint, "base_subject": base[0], "base_body": base[1],
            "subject": subject, "body": body, "saved_at": now,
        },
    )  # fmt: skip
    return kept


@transaction.atomic
def use_mine(*, draft_id: int, fingerprint: str, by: User, now: datetime) -> EditDraft:
    """Go on with the kept edit, on the text that is there now: the conflict was seen, and ``by`` wants theirs.

    ``fingerprint`` is that of the text they saw. Raises Refused where it changed once more, or nothing is kept.
    """
    draft = Draft.objects.only("pk", "fingerprint", "subject", "body").get(pk=draft_id)
    if draft.fingerprint != fingerprint:
        raise Refused("The text changed once more. Look at what changed, then choose again.")
    changed = EditDraft.objects.filter(draft_id=draft_id, user=by).update(
        fingerprint=fingerprint, base_subject=draft.subject, base_body=draft.body, saved_at=now
    )
    if not changed:
        raise Refused("Nothing of yours is kept here any more.")
    return EditDraft.objects.get(draft_id=draft_id, user=by)


def drop_edit(*, draft_id: int, by: User) -> bool:
    """Throw away what ``by`` typed. True where there was something."""
    return bool(EditDraft.objects.filter(draft_id=draft_id, user=by).delete()[0])


def forget_edits(*, now: datetime) -> int:
    """Remove edits that nobody came back to. Returns how many."""
    return EditDraft.objects.filter(saved_at__lt=now - FORGET_AFTER).delete()[0]


def _text_then(draft_id: int, fingerprint: str) -> tuple[str, str]:
    """The text with this fingerprint, from the decision that ended it; nothing where none did."""
    decision = ReviewDecision.objects.filter(draft_id=draft_id, fingerprint_seen=fingerprint).first()
    return (decision.subject_before, decision.body_before) if decision is not None else ("", "")
