"""What colleagues should know about a person. It is never sent, and decides nothing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from outreach.models import Draft
from outreach.services import NotPermitted, Refused
from reviews.models import LONGEST_NOTE, Note
from staff.models import User
from staff.services import record


@transaction.atomic
def add_note(*, draft_id: int, text: str, by: User, now: datetime) -> Note:
    """Keep a note about the person a message is for. Whoever may see the message may write one.

    Raises NotPermitted, or Refused for a note without words or with too many.
    """
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise Refused("The note is empty. Write what colleagues should know.")
    if len(words) > LONGEST_NOTE:
        raise Refused(f"The note has {len(words)} characters. Shorten it to {LONGEST_NOTE}.")
    draft = Draft.objects.visible_to(by).filter(pk=draft_id).only("pk", "contact_id").first()
    if draft is None or not by.has_perm("reviews.review_drafts"):
        raise NotPermitted("You may not write notes about this person. Ask a manager.")
    note = Note.objects.create(contact_id=draft.contact_id, draft_id=draft.pk, by=by, at=now, text=words)
    record(action="reviews.add_note", actor=by, on=draft, summary="Note written", detail={"note": note.pk})
    return note
