"""Drafts: the row is the review queue and the delivery queue."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from contacts.models import Contact, Suppression
from contacts.searching import words_of
from contacts.states import Channel
from outreach.models.brands import Brand, Topic
from outreach.models.templates import TemplateVersion
from outreach.states import DraftKind, DraftStatus, Flow, Severity, Writer

if TYPE_CHECKING:
    from staff.models import User

#: Neither sent nor given up. What an opt-out still has to stop.
PENDING = (DraftStatus.AWAITING_REVIEW, DraftStatus.APPROVED)
#: The states in which a draft is somebody's business, what waits for a decision first.
OPEN = (DraftStatus.AWAITING_REVIEW, DraftStatus.UNKNOWN, DraftStatus.FAILED, DraftStatus.APPROVED)


#: Short words for the reasons of `followups.states.ReviewReason` and for gates that ask for a look.
REVIEW_WORDS = {
    "close_loop": "closing message",
    "strategic": "strategic account",
    "high_value": "high value",
    "first_message": "first message",
    "second_silence": "silent again",
    "commitment": "price, offer, scope or urgency",
    "policy": "cadence asks",
    "playbook": "playbook asks",
    "offer": "an offer",
    "policy_off": "sending without a person is off",
    "near_repeat": "like an earlier message",
    "length": "longer than the step allows",
    "first_promise": "a promise in a first message",
    "falling": "longer or more pressing than the one before",
    "links": "a link",
    "personal_data": "personal data",
    "tone": "tone",
    "language": "another language than theirs",
    "colleague": "a colleague wrote to them",
    "plain_sms": "letters that make it longer",
    "model": "written by a language model",
}


def new_unsubscribe_token() -> str:
    """A random address for one message's unsubscribe page. It reveals nothing and does not expire."""
    return secrets.token_urlsafe(24)


class DraftQuerySet(models.QuerySet["Draft"]):
    """The reads that more than one place needs."""

    def visible_to(self, user: User) -> DraftQuerySet:
        """What ``user`` may see: their own, their team's, the teams' they manage, and what belongs to nobody.

        Seeing is not deciding: `outreach.rules.why_not_review` says who may decide.
        """
        if user.is_superuser or user.has_perm("reviews.review_every_team"):
            return self
        colleagues = get_user_model().objects.filter(Q(team__manager=user) | Q(team__isnull=False, team=user.team_id))
        return self.filter(Q(owner=user) | Q(owner__isnull=True) | Q(owner__in=colleagues.values("pk")))

    def awaiting_review(self) -> DraftQuerySet:
        """The review queue, in the order of `Meta.ordering`."""
        return self.filter(status=DraftStatus.AWAITING_REVIEW)

    def awake(self, now: datetime) -> DraftQuerySet:
        """Not snoozed at this moment."""
        return self.filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))

    def snoozed(self, now: datetime) -> DraftQuerySet:
        """Waits for a decision, and comes back to its queue later."""
        return self.awaiting_review().filter(snoozed_until__gt=now)

    def pending(self) -> DraftQuerySet:
        """Neither sent nor given up."""
        return self.filter(status__in=PENDING)

    def approved_due(self, now: datetime) -> DraftQuerySet:
        """The delivery queue: approved, not to be taken back any more and allowed to leave, the longest due first."""
        due = Q(not_before__isnull=True) | Q(not_before__lte=now)
        settled = Q(undo_until__isnull=True) | Q(undo_until__lte=now)
        waiting = self.filter(due, settled, status=DraftStatus.APPROVED)
        return waiting.order_by(F("not_before").asc(nulls_first=True), "id")

    def sending(self) -> DraftQuerySet:
        """Handed to a provider at this moment, or lost on the way."""
        return self.filter(status=DraftStatus.SENDING)

    def unsettled(self) -> DraftQuerySet:
        """May have left or not: only a person can find out."""
        return self.filter(status=DraftStatus.UNKNOWN)

    def sent(self) -> DraftQuerySet:
        """What left, the newest first."""
        return self.filter(status=DraftStatus.SENT).order_by("-sent_at", "-id")


class Draft(models.Model):
    """One message to one person, from the moment it is written until it is sent or given up.

    ``fingerprint`` is the SHA-256 of channel, address, subject and body (`outreach.rendering.fingerprint`). Findings
    and approval carry the fingerprint of the text they judged; a draft may leave only while both match.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="drafts")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="drafts"
    )
    kind = models.CharField(max_length=12, choices=DraftKind.choices)
    flow = models.CharField(max_length=10, choices=Flow.choices, default=Flow.CADENCE)
    brand = models.ForeignKey(
        Brand, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the default one"
    )
    topic = models.ForeignKey(Topic, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=320, help_text="Where it goes, as seen by the reviewer")
    template_version = models.ForeignKey(
        TemplateVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="drafts"
    )
    language = models.CharField(max_length=20, default="en")
    writer = models.CharField(max_length=10, choices=Writer.choices, default=Writer.TEMPLATE)
    writing_note = models.CharField(
        max_length=300, blank=True, help_text="Why the text is not the language model's, in words"
    )
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    approved_text = models.TextField(
        blank=True, help_text="What the template itself said, with its values: the measure for later edits"
    )
    fingerprint = models.CharField(max_length=64)
    word_limit = models.PositiveIntegerField(default=0, help_text="0 means none")
    pressure = models.PositiveSmallIntegerField(default=2)
    first_message = models.BooleanField(default=False, help_text="They never got a message of ours before")
    words_before = models.PositiveIntegerField(
        null=True, blank=True, help_text="Words of the message before it in its sequence"
    )
    pressure_before = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Pressure of the message before it in its sequence"
    )

    reason_kind = models.CharField(max_length=40, blank=True)
    reason_text = models.CharField(max_length=500, blank=True, help_text="The useful reason in words")
    why_now = models.CharField(max_length=500, blank=True, help_text="What triggered it, in words")
    evidence: Any = models.JSONField(default=list, blank=True, help_text="What was known: a list of {at, what, detail}")
    review_reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)

    status = models.CharField(max_length=16, choices=DraftStatus.choices, default=DraftStatus.AWAITING_REVIEW)
    status_reason = models.CharField(max_length=300, blank=True, help_text="Why it stands where it stands, in words")
    priority = models.IntegerField(default=0, help_text="Points. Each counts as if it was due half an hour earlier")
    priority_reasons: Any = models.JSONField(
        default=list, blank=True, help_text="What the points are for: a list of {points, what}"
    )
    rank_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="due_at less half an hour a point, kept by the database. The order"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True, help_text="Not shown among what waits before then")
    snooze_reason = models.CharField(max_length=300, blank=True)
    value = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    account_name = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    approved_fingerprint = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    not_before = models.DateTimeField(null=True, blank=True, help_text="Earliest moment it may leave")
    undo_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then its approval can be taken back, and it does not leave"
    )
    held_by = models.CharField(
        max_length=40, blank=True, help_text="What keeps an approved message back; not_before says until when"
    )
    price_edited_at = models.DateTimeField(null=True, blank=True)
    price_edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who changed a price in this text last; somebody else approves it then",
    )
    confirms = models.OneToOneField(
        Suppression,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="The opt-out that this message confirms: one for each, so never a second one",
    )

    claimed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    provider = models.CharField(max_length=40, blank=True, help_text="Who took it")
    provider_message_id = models.CharField(max_length=255, blank=True)
    unsubscribe_token = models.CharField(max_length=64, unique=True, default=new_unsubscribe_token)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["rank_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DraftStatus.values), name="draft_status"),
            models.CheckConstraint(condition=Q(kind__in=DraftKind.values), name="draft_kind"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="draft_channel"),
            models.CheckConstraint(condition=Q(flow__in=Flow.values), name="draft_flow"),
            models.CheckConstraint(condition=Q(writer__in=Writer.values), name="draft_writer"),
            # Nothing else may pass a suppression, so nothing else may call itself a confirmation.
            models.CheckConstraint(
                condition=(Q(kind="confirmation") & Q(confirms__isnull=False) & Q(flow="service"))
                | (~Q(kind="confirmation") & Q(confirms__isnull=True) & ~Q(flow="service")),
                name="draft_confirmation",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True) | Q(decided_at__isnull=False),
                name="draft_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(price_edited_at__isnull=True, price_edited_by__isnull=True)
                | Q(price_edited_at__isnull=False, price_edited_by__isnull=False),
                name="draft_price_edited_pair",
            ),
            # Nothing is approved, under way or sent but the exact text somebody approved.
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "sending", "unknown", "sent"])
                | (
                    Q(approved_fingerprint=F("fingerprint")) & ~Q(approved_fingerprint="") & Q(decided_at__isnull=False)
                ),
                name="draft_approval_is_of_this_text",
            ),
            models.CheckConstraint(
                condition=(Q(status="sent") & Q(sent_at__isnull=False)) | (~Q(status="sent") & Q(sent_at__isnull=True)),
                name="draft_sent_pair",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(claimed_at__isnull=False), name="draft_claimed_pair"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "status", "rank_at", "id"], name="draft_queue"),
            models.Index(fields=["status", "rank_at", "id"], name="draft_queue_all"),
            models.Index(fields=["snoozed_until"], condition=Q(snoozed_until__isnull=False), name="draft_snoozed"),
            # What is put off, in the order of the queue: without it, everything that waits would be walked through.
            models.Index(
                fields=["owner", "rank_at", "id"],
                condition=Q(status="awaiting_review", snoozed_until__isnull=False),
                name="draft_queue_snoozed",
            ),
            models.Index(fields=["not_before", "id"], condition=Q(status="approved"), name="draft_to_send"),
            models.Index(fields=["claimed_at"], condition=Q(status="sending"), name="draft_sending"),
            models.Index(fields=["contact", "status"], name="draft_contact_status"),
            models.Index(fields=["-sent_at", "-id"], condition=Q(status="sent"), name="draft_sent"),
            # What counts for the cap of a person, and what news of a provider is about.
            models.Index(fields=["contact", "claimed_at"], condition=Q(claimed_at__isnull=False), name="draft_left"),
            models.Index(
                fields=["provider_message_id"], condition=~Q(provider_message_id=""), name="draft_provider_message"
            ),
            # For the filters of the queue: one review reason among all, and accounts by words of their names.
            GinIndex(fields=["review_reasons"], condition=Q(status__in=OPEN), name="draft_review_reasons"),
            GinIndex(words_of("account_name"), condition=Q(status__in=OPEN), name="draft_account_words"),
            GinIndex(words_of("subject", "body"), condition=Q(status__in=OPEN), name="draft_words"),
            # What came since a page was opened.
            models.Index(fields=["created_at"], condition=Q(status="awaiting_review"), name="draft_arrived"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} ({self.status})"

    @property
    def money(self) -> str:
        """The deal's value as people write it, or nothing."""
        return f"{self.value:,.0f} {self.currency}".strip() if self.value is not None else ""

    @property
    def asked(self) -> str:
        """Why a person is asked to look, in a few words."""
        return ", ".join(REVIEW_WORDS.get(code, code.replace("_", " ")) for code in self.review_reasons)


class GateFinding(models.Model):
    """What one gate said about one text of a draft. ``spans`` marks the words: a list of {field, start, end}."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="findings")
    fingerprint = models.CharField(max_length=64)
    gate = models.CharField(max_length=40)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    message = models.CharField(max_length=500)
    spans: Any = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(severity__in=Severity.values), name="gate_finding_severity")]
        indexes = [models.Index(fields=["draft", "fingerprint"], name="gate_finding_text")]

    def __str__(self) -> str:
        return f"{self.gate}: {self.severity}"
