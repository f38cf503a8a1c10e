"""What people did, in the order it reached us, and everything an event needs on its way in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from contacts.models.people import Contact
from contacts.states import NOTABLE_KINDS, DeadLetterStatus, EventFlag, EventKind, IdentityKind


class EventSource(models.Model):
    """Something that sends us events. Its write key is shown once; only the digest of it is kept (SHA-256, hex)."""

    name = models.CharField(max_length=100, unique=True)
    key_digest = models.CharField(max_length=64, unique=True)
    key_ends_with = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    last_event_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False), name="source_revoked_pair"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EventName(models.Model):
    """A name that events come with, and what it counts as.

    ``key`` is the name in lower case with underscores: names that differ in nothing else are one. ``kind`` is an
    `EventKind`: none means that nobody has said yet, 0 that it has no effect on purpose.
    """

    id = models.AutoField(primary_key=True)
    key = models.CharField(max_length=100, unique=True)
    title = models.CharField(max_length=100, help_text="The name as it first came")
    kind = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    mapped_at = models.DateTimeField(null=True, blank=True)
    mapped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["key"]
        permissions = [("map_events", "Can say what an event name counts as")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__isnull=True) | Q(kind__in=EventKind.values), name="event_name_kind"
            ),
            models.CheckConstraint(
                condition=Q(mapped_by__isnull=True) | Q(mapped_at__isnull=False), name="event_name_mapped_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Identity(models.Model):
    """An id that events name a person by, and the contact it belongs to, if we know that already.

    Ids of customers, ids that sources call users by, and ids of anonymous visitors are three different worlds: the
    same text in two of them need not be the same person. ``same_as`` is an id of which a source said that it belongs
    to the same person, while neither had a contact: whichever gets one first shares it.
    """

    id = models.AutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=IdentityKind.choices)
    value = models.CharField(max_length=255)
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.CASCADE, related_name="identities")
    same_as = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "identities"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=IdentityKind.values), name="identity_kind"),
            models.CheckConstraint(condition=~Q(value=""), name="identity_not_empty"),
            models.UniqueConstraint(fields=["kind", "value"], name="identity_once"),
        ]
        indexes = [models.Index(fields=["same_as"], condition=Q(same_as__isnull=False), name="identity_same_as")]

    def __str__(self) -> str:
        return self.value


class Event(models.Model):
    """Something a person did.

    ``contact`` is empty until we know who the identity is. ``kind`` is what counts in a score (`EventKind`); 0 has no
    effect: an unmapped name, a machine, an impossible date. ``value`` is the number that a kind is about (answer,
    severity, seconds), ``amount`` money in ``currency``, ``reference`` what it concerns (a ticket, a feature).
    ``properties`` is everything as it came, to be shown and never to be counted by. ``machine`` marks scanners and
    prefetches. ``message_id`` is the sender's id of the event, or a digest of it where that is no UUID.

    The table takes thousands of rows a second, so its references are not enforced by the database (ADR 6).
    """

    contact = models.ForeignKey(
        Contact, null=True, on_delete=models.CASCADE, related_name="events", db_index=False, db_constraint=False
    )
    identity = models.ForeignKey(
        Identity, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    name = models.ForeignKey(EventName, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    source = models.ForeignKey(
        EventSource, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    kind = models.PositiveSmallIntegerField(default=0)
    value = models.SmallIntegerField(null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    message_id = models.UUIDField(null=True, blank=True)
    machine = models.BooleanField(default=False)
    flag = models.CharField(max_length=10, choices=EventFlag.choices, blank=True, default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    reference = models.CharField(max_length=200, blank=True, default="")
    properties: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="event_kind"),
            models.CheckConstraint(condition=Q(flag="") | Q(flag__in=EventFlag.values), name="event_flag"),
            # What does not count has no kind, so that nothing has to ask twice.
            models.CheckConstraint(condition=Q(kind=0) | Q(machine=False, flag=""), name="event_counts"),
            models.UniqueConstraint(fields=["message_id"], name="event_message_once"),
        ]
        indexes = [
            models.Index(
                fields=["contact", "occurred_at"], include=["kind", "value", "identity"], name="event_of_contact"
            ),
            models.Index(
                fields=["contact", "occurred_at"],
                include=["kind", "value", "identity", "reference"],
                condition=Q(kind__in=NOTABLE_KINDS),
                name="event_of_note",
            ),
            models.Index(fields=["identity"], condition=Q(contact__isnull=True), name="event_of_unknown"),
            models.Index(fields=["name"], condition=Q(kind=0), name="event_without_effect"),
            BrinIndex(fields=["occurred_at"], name="event_by_time"),
        ]

    def __str__(self) -> str:
        return self.name.title


class EventBatch(models.Model):
    """The inbox: one accepted request, kept until its events are taken in. ``body`` is as it came, unzipped.

    ``call`` is the last part of the path. ``left_out`` are the places of messages that became dead letters at once.
    """

    source = models.ForeignKey(EventSource, on_delete=models.PROTECT, related_name="+")
    call = models.CharField(max_length=10)
    body = models.BinaryField()
    messages = models.PositiveIntegerField(default=1)
    left_out = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "event batches"

    def __str__(self) -> str:
        return f"Batch {self.pk}"


class DeadLetter(models.Model):
    """An event that could not be taken in, whole, with the reason. It can be repaired and replayed, or discarded.

    ``sent_at`` is when its batch says it was sent, which corrects its time. ``first_body`` is what came, where it was
    repaired since.
    """

    source = models.ForeignKey(EventSource, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    code = models.CharField(max_length=30)
    reason = models.CharField(max_length=500)
    body: Any = models.JSONField()
    first_body: Any = models.JSONField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=DeadLetterStatus.choices, default=DeadLetterStatus.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        permissions = [("repair_events", "Can repair, replay and discard refused events")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeadLetterStatus.values), name="dead_letter_status"),
            models.CheckConstraint(
                condition=Q(status=DeadLetterStatus.OPEN) | Q(decided_at__isnull=False), name="dead_letter_decided_at"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(decided_at__isnull=False), name="dead_letter_decided_pair"
            ),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="dead_letter_by_status")]

    def __str__(self) -> str:
        return f"Dead letter {self.pk}"


class Arrival(models.Model):
    """Something changed what is known about these contacts: events came, moved, were mapped anew, or went.

    Written in the transaction that changed it; whoever computes from events takes the row away in the transaction
    that took the change into account. ``due_at`` is later than now where an event lies in the future.
    """

    contact_ids = ArrayField(models.BigIntegerField())
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["due_at"], name="arrival_due")]

    def __str__(self) -> str:
        return f"Arrival {self.pk}"
