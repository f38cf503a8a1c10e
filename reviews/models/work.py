"""What people keep while they work: unfinished edits, views of lists, notes, and what they have read."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models import Contact
from outreach.models import Call, Draft
from reviews.states import ViewOf
from staff.models import Team

LONGEST_NOTE = 5000
LONGEST_QUERY = 2000


class EditDraft(models.Model):
    """An edit somebody has begun and not saved, kept on the server so that nothing typed is ever lost.

    ``fingerprint`` is that of the text the edit began from: another one now means that somebody changed it meanwhile.
    ``base_subject`` and ``base_body`` are that text, for the difference that is shown then.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="edit_drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    base_subject = models.CharField(max_length=300, blank=True)
    base_body = models.TextField(blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "user"], name="edit_draft_once")]
        indexes = [models.Index(fields=["saved_at"], name="edit_draft_by_age")]

    def __str__(self) -> str:
        return f"Edit of {self.draft_id}"


class SavedView(models.Model):
    """Filters of a list under a name, for one person or for a whole team. ``query`` is what stands in the address."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views"
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=10, choices=ViewOf.choices)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=LONGEST_QUERY)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, team__isnull=False) | Q(user__isnull=False, team__isnull=True),
                name="saved_view_is_of_one",
            ),
            models.CheckConstraint(condition=Q(page__in=ViewOf.values), name="saved_view_page"),
            models.UniqueConstraint(
                fields=["user", "team", "page", "name"], nulls_distinct=False, name="saved_view_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Opened(models.Model):
    """Somebody had exactly this text on the screen: what approving many at once asks for. The first time counts."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="opened")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "user", "fingerprint"], name="opened_once")]

    def __str__(self) -> str:
        return f"{self.user_id} opened {self.draft_id}"


class Note(models.Model):
    """What a member of staff wants colleagues to know about a person. It is never sent, and decides nothing.

    Notes about a contact are read by whoever may see the contact.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="notes")
    draft = models.ForeignKey(Draft, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes")
    call = models.ForeignKey(Call, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["contact", "-id"], name="note_of_contact")]

    def __str__(self) -> str:
        return f"Note {self.pk}"
