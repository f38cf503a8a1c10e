"""Who works here, and in which team."""

from __future__ import annotations

from datetime import time
from typing import ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from staff.states import HandOverRule


def monday_to_friday() -> list[int]:
    return [0, 1, 2, 3, 4]


class Team(models.Model):
    """People who cover for each other. Members see one another's queue; the team's manager may decide in it.

    Deadlines count in the team's business hours: on its work days (0 is Monday) from ``opens`` to ``closes`` by the
    clock of ``timezone``, and on no holiday. `staff.rules.hours` reckons with them.
    """

    name = models.CharField(max_length=100, unique=True)
    manager = models.ForeignKey(
        "staff.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="managed_teams"
    )
    timezone = models.CharField(max_length=60, default="UTC", help_text="For instance Europe/Paris")
    work_days = ArrayField(models.PositiveSmallIntegerField(), default=monday_to_friday)
    opens = models.TimeField(default=time(9))
    closes = models.TimeField(default=time(17))
    review_hours = models.PositiveSmallIntegerField(
        default=8, help_text="A message is decided within so many business hours"
    )
    intake_hours = models.PositiveSmallIntegerField(
        default=16, help_text="An intake case is answered within so many business hours"
    )
    hand_over = models.CharField(
        max_length=10,
        choices=HandOverRule.choices,
        default=HandOverRule.MANAGER,
        help_text="Who gets the work of somebody absent who named nobody",
    )
    four_eyes_from = models.DecimalField(
        max_digits=14,
        decimal_places=2,
        default=0,
        help_text="From this value on, whoever changes a price cannot approve it",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(closes__gt=models.F("opens")), name="team_opens_before_it_closes"),
            models.CheckConstraint(condition=Q(hand_over__in=HandOverRule.values), name="team_hand_over"),
            models.CheckConstraint(
                condition=Q(work_days__contained_by=[0, 1, 2, 3, 4, 5, 6]) & ~Q(work_days=[]), name="team_work_days"
            ),
            models.CheckConstraint(condition=Q(review_hours__gte=1, intake_hours__gte=1), name="team_deadlines"),
            models.CheckConstraint(condition=Q(four_eyes_from__gte=0), name="team_four_eyes"),
        ]

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
