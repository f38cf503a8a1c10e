"""Calls as a calendar file: one to keep, or all of one's own for a calendar that asks again and again.

A calendar lies with strangers. So it holds who and when and a link, and what was promised to them: neither the number
nor why, nor any task or reminder that is for colleagues. Whether they may be called is asked on the page behind it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from icalendar import Alarm, Calendar, Event

from followups.models import PlannedTouch
from outreach.models import Call
from outreach.states import CallStatus
from reviews.calls.promises import promised_by
from staff.models import User

#: How long a call stands in the calendar.
LENGTH = timedelta(minutes=15)
WARN_BEFORE = timedelta(minutes=5)
#: A feed holds the next so many of each.
MOST = 200
CONTENT_TYPE = "text/calendar; charset=utf-8"


def file_of(call: Call, *, starts_at: datetime, now: datetime) -> bytes:
    """One call as a file, at the moment given: the best one, or when it is due."""
    calendar = _calendar("Call")
    calendar.add_component(_event_of(call, starts_at, now))
    return bytes(calendar.to_ical())


def feed_of(user: User, now: datetime) -> bytes:
    """All calls that wait for this person and what they promised, the next first. Two queries."""
    calendar = _calendar("Calls in Rekindle")
    calendar.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
    calls = Call.objects.filter(owner=user).waiting().select_related("contact__account").order_by("due_at", "pk")
    for call in calls[:MOST]:
        calendar.add_component(_event_of(call, max(call.due_at, now.replace(second=0, microsecond=0)), now))
    plans = promised_by(user).filter(at__isnull=False).select_related("contact")
    for plan in plans.order_by("at", "pk")[:MOST]:
        calendar.add_component(_promise(plan, plan.at or now, now))
    return bytes(calendar.to_ical())


def _calendar(name: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", "-//Rekindle//Calls//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", name)
    return calendar


def _event_of(call: Call, starts_at: datetime, now: datetime) -> Event:
    url = settings.PUBLIC_URL + reverse("reviews:call", args=[call.pk])
    event = _event(f"call-{call.pk}", f"Call {_who(call)}", starts_at, now, url)
    # A call that was tried is moved: calendars keep the entry with the highest number.
    event.add("SEQUENCE", call.tries)
    event.add("STATUS", "CONFIRMED" if call.status == CallStatus.WAITING else "CANCELLED")
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("DESCRIPTION", "Call")
    alarm.add("TRIGGER", -WARN_BEFORE)
    event.add_component(alarm)
    return event


def _promise(plan: PlannedTouch, at: datetime, now: datetime) -> Event:
    url = settings.PUBLIC_URL + reverse("reviews:calls")
    return _event(f"promise-{plan.pk}", f"{plan.title} ({plan.contact})", at - LENGTH, now, url)


def _event(uid: str, title: str, starts_at: datetime, now: datetime, url: str) -> Event:
    event = Event()
    event.add("UID", f"{uid}@{urlsplit(settings.PUBLIC_URL).hostname or 'rekindle'}")
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("DTSTART", starts_at.astimezone(UTC))
    event.add("DTEND", (starts_at + LENGTH).astimezone(UTC))
    event.add("SUMMARY", title)
    event.add("URL", url)
    event.add("DESCRIPTION", f"Number, reason and script: {url}")
    return event


def _who(call: Call) -> str:
    account = call.contact.account
    return f"{call.contact}, {account}" if account else str(call.contact)
