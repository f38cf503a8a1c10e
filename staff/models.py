"""Who works here, in which team, and what everybody did."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Lower


class Team(models.Model):
    """People who cover for each other. Members see one another's queue; the team's manager may decide in it."""

    name = models.CharField(max_length=100, unique=True)
    manager = models.ForeignKey(
        "staff.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="managed_teams"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A member of staff. A contact is never a user.

    Somebody created by an import is inactive and has no password until invited: they can own leads, but not sign in.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField("full name", max_length=150)
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    invited_at = models.DateTimeField(null=True, blank=True)

    REQUIRED_FIELDS = ["email", "name"]
    objects: ClassVar[UserManager[Self]] = UserManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_any_case"),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
        ]
        indexes = [models.Index(Lower("name"), name="user_name_lower")]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.username

    @property
    def initials(self) -> str:
        """Up to two letters for the user menu."""
        return "".join(part[0] for part in (self.name or self.username).split()[:2]).upper()


class Absence(models.Model):
    """Days on which somebody does not work, both included. Their minutes do not count on these days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-first_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=models.F("first_on")), name="absence_days"),
        ]
        indexes = [models.Index(fields=["user", "last_on"], name="absence_of_user")]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m-%d} to {self.last_on:%Y-%m-%d}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    """Reads of the audit log, newest first."""

    def matching(self, *, action: str | None, actor: User | None) -> Self:
        """Only entries of this action and by this person; None or "" means any."""
        found = self.filter(action=action) if action else self
        return found.filter(actor=actor) if actor else found

    def before(self, pk: int) -> Self:
        return self.filter(pk__lt=pk)

    def actions(self) -> list[str]:
        """Every action that occurs, in alphabetical order. Steps along the index, so a long log costs nothing more."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                WITH RECURSIVE known(action) AS (
                    (SELECT action FROM staff_auditentry ORDER BY action LIMIT 1)
                    UNION ALL
                    SELECT (SELECT entry.action FROM staff_auditentry entry
                             WHERE entry.action > known.action ORDER BY entry.action LIMIT 1)
                      FROM known WHERE known.action IS NOT NULL
                )
                SELECT action FROM known WHERE action IS NOT NULL
                """
            )
            return [action for (action,) in cursor.fetchall()]


class AuditEntry(models.Model):
    """One thing somebody did, for ever. A trigger in the database refuses changes and deletions."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, help_text="app.verb, for instance outreach.approve")
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    detail: Any = models.JSONField(default=dict, blank=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_object"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.object_type} {self.object_id}".strip()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """``detail`` as names and words, for pages."""
        return [
            (name.replace("_", " "), ", ".join(map(str, value)) or "none" if isinstance(value, list) else str(value))
            for name, value in self.detail.items()
            if value is not None
        ]
