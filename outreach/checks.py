"""What Django checks at every start: whether messages can leave the way the settings say."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from outreach import ways_out
from outreach.services.phrases import why_not_link
from outreach.zones import zones_of_countries


@register()
def ways_out_make_sense(**_of_django: Any) -> list[CheckMessage]:
    """Each setting that names a way out is one that we know."""
    found = ways_out.problems(
        email_url=settings.EMAIL_URL,
        sms_url=settings.SMS_URL,
        vapid_private_key=settings.VAPID_PRIVATE_KEY,
        vapid_subject=settings.VAPID_SUBJECT,
        inbound_address=settings.INBOUND_ADDRESS,
    )
    return [Error(problem, id="outreach.E001") for problem in found]


@register()
def countries_exist(**_of_django: Any) -> list[CheckMessage]:
    """Quiet hours of somebody nothing is known about are those of these countries."""
    try:
        zones_of_countries(tuple(settings.SEND_COUNTRIES))
    except ImproperlyConfigured as refusal:
        return [Error(str(refusal), id="outreach.E002")]
    return []


@register()
def links_of_playbooks_are_links(**_of_django: Any) -> list[CheckMessage]:
    """Where people book and pay is an address that messages may name."""
    wrong = (why_not_link(name, getattr(settings, name)) for name in ("BOOKING_URL", "PAYMENT_URL"))
    return [Error(sentence, id="outreach.E003") for sentence in wrong if sentence]
