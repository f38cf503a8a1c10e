"""In whose name messages leave, and what they are about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Brand(models.Model):
    """A name that messages leave under. What is empty here is taken from the settings of the site.

    The law asks for a truthful sender and a postal address below every message; templates of a brand that lacks them
    cannot be approved.
    """

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    from_name = models.CharField(max_length=200, blank=True, help_text="Before the owner's name has been found")
    from_email = models.EmailField(max_length=254, blank=True, help_text="Empty: FROM_EMAIL")
    postal_address = models.CharField(
        max_length=300, blank=True, help_text="Empty, for the default brand: POSTAL_ADDRESS"
    )
    sms_sender = models.CharField(max_length=40, blank=True, help_text="Number or name that text messages come from")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="brand_one_default")
        ]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """Something messages are about, as people see it on their preference page."""

    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100, help_text="As they read it, such as News about the product")
    description = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
