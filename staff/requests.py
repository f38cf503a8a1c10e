"""A request as views get it: who sends it is known, and whether htmx does."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from staff.models import User


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in, as the middleware hands it on."""

    user: User
    htmx: HtmxDetails
