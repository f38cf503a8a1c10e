"""What the page about sending shows: what leaves now, what is stopped, what waits and why, and the rules behind it.

The number of queries is the same however many messages, stops and rules there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Min, Q

from contacts.states import WRITTEN_CHANNELS, Channel
from outreach import channels, rules
from outreach.brands import SenderIdentity, identity_of, problems
from outreach.models import (
    Brand,
    ChannelRules,
    ContactCap,
    Departures,
    Draft,
    ProviderRate,
    SenderDomain,
    SendingStop,
    Topic,
)
from outreach.rules.complaining import share
from outreach.rules.sending.hours import next_suiting
from outreach.rules.warmup import WarmUp, limit_on
from outreach.services.controlling import cap_words
from outreach.services.stopping import MailOfTheDay, mail_of_the_day, open_stops
from outreach.states import DraftStatus, StopScope
from outreach.zones import whereabouts

STOPS_PER_PAGE = 10
#: What `Draft.held_by` says, as people read it.
CAUSES: Mapping[str, str] = {
    "stopped": "Stopped by a switch",
    "pause": "They asked for quiet",
    "collision": "Another message to them goes first",
    "cap": "They got enough for now",
    "quiet_hours": "Outside the hours where they are",
    "weekend": "It is their weekend",
    "holiday": "It is a public holiday there",
    "time_zone": "Their time zone is needed",
    "rate": "The provider is given no more a minute",
    "warm_up": "The sender domain is still new",
    "not_ready": "The channel is not set up",
    "provider": "The provider asked us to wait",
}


@dataclass(frozen=True, slots=True)
class SwitchNow:
    """One switch and what it means at this moment. ``stopped`` is the stop of this very scope, if it is thrown."""

    scope: str
    label: str
    badge: str
    state: str
    words: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Approved messages that wait for one cause, and when the first of them may go."""

    cause: str
    count: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class WarmingDomain:
    """A new sender domain: its rule, what it may send today and what has left."""

    row: SenderDomain
    limit: int | None
    used: int


@dataclass(frozen=True, slots=True)
class BrandNow:
    """A brand, who its mail is from, and what it lacks."""

    row: Brand
    sender: SenderIdentity
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class History:
    """A page of the stops there were, the latest first. ``following`` begins the next one."""

    rows: Sequence[SendingStop]
    following: int | None


def sending_now(*, now: datetime, before: int | None) -> dict[str, Any]:
    """Everything on the page but its forms, by the names of the template. ``before`` is the place in the history."""
    stops = open_stops()
    hours = {one.channel: one for one in ChannelRules.objects.all()}
    mail = mail_of_the_day(now=now)
    return {
        "stops": list(stops.values()),
        "all_stopped": StopScope.ALL in stops,
        "switches": [*(_channel(one, stops, hours.get(one), now) for one in WRITTEN_CHANNELS), _unread(stops)],
        "mail": mail,
        "complaint_share": share(mail.complaints, mail.sent),
        "complaints_forgotten": _forgotten(mail),
        "waiting": _waiting(now),
        "hours": [hours.get(one, ChannelRules(channel=one)) for one in Channel],
        "caps": [(one, cap_words(one)) for one in ContactCap.objects.all()],
        "rates": list(ProviderRate.objects.all()),
        "domains": _domains(now),
        "brands": [BrandNow(one, identity_of(one), problems(one)) for one in Brand.objects.all()],
        "topics": list(Topic.objects.all()),
        "history": _history(before),
        "before": before,
    }


def providers() -> list[str]:
    """Who takes messages here at present, by the names that rates are set for."""
    return sorted({name for one in WRITTEN_CHANNELS if (name := channels.provider_of(one))})


def _channel(
    channel: Channel, stops: Mapping[str, SendingStop], hours: ChannelRules | None, now: datetime
) -> SwitchNow:
    own = channel.value in stops
    label = StopScope(channel.value).label
    if own or StopScope.ALL in stops:
        words = "Nothing leaves. What is approved waits." if own else "Everything is stopped."
        return SwitchNow(channel.value, label, "badge-stop", "Stopped", words, own)
    trouble = channels.not_ready(channel)
    if trouble:
        return SwitchNow(channel.value, label, "badge-warn", "Not set up", trouble, own)
    rule = (
        rules.Hours(hours.opens, hours.closes, hours.on_weekends, hours.on_holidays)
        if hours is not None
        else rules.Hours()
    )
    # Of whom nothing is known, so that the strictest answer is shown; whose clock is known may get theirs.
    anywhere = whereabouts(timezone="", phone="", account_timezone="", locale="")
    allowed = now if rule.always else next_suiting(now.replace(second=0, microsecond=0), anywhere, rule)
    if allowed is None:
        words = "No hour suits everywhere that people of unknown time zone may be. They get nothing until it is known."
        return SwitchNow(channel.value, label, "badge-warn", "Open for some", words, own)
    if allowed > now:
        words = f"People whose time zone is not known get nothing before {allowed.astimezone(UTC):%H:%M} UTC. "
        return SwitchNow(
            channel.value, label, "badge-wait", "Quiet hours", f"{words}The others go by their own clock.", own
        )
    return SwitchNow(channel.value, label, "badge-ok", "Open", "What is approved leaves within seconds.", own)


def _unread(stops: Mapping[str, SendingStop]) -> SwitchNow:
    scope = StopScope.POLICY
    if scope in stops or StopScope.ALL in stops:
        words = "Every message waits for a person to read it." if scope in stops else "Everything is stopped."
        return SwitchNow(scope.value, scope.label, "badge-stop", "Stopped", words, scope in stops)
    words = "Where a cadence leaves it to itself and no check objects, messages leave unread."
    return SwitchNow(scope.value, scope.label, "badge-ok", "Open", words, stopped=False)


def _forgotten(mail: MailOfTheDay) -> int:
    return mail.complaints - mail.counting


def _waiting(now: datetime) -> list[Waiting]:
    later = Q(not_before__gt=now)
    rows = (
        Draft.objects.filter(status=DraftStatus.APPROVED)
        .values("held_by")
        .annotate(count=Count("pk"), later=Count("pk", filter=later), next_at=Min("not_before", filter=later))
        .order_by("-count", "held_by")
    )
    # Due means that the next round looks at it, whatever held it before.
    ready = sum(row["count"] - row["later"] for row in rows)
    held = [Waiting(_cause(row["held_by"]), row["later"], row["next_at"]) for row in rows if row["later"]]
    return [*held, Waiting("Due, and looked at within seconds", ready, None)] if ready else held


def _cause(held_by: str) -> str:
    return CAUSES.get(held_by, held_by) if held_by else "Waits for the day it is due"


def _domains(now: datetime) -> list[WarmingDomain]:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    used = dict(
        Departures.objects.filter(window=today, key__startswith="warm_up:").values_list("key", "count").order_by("key")
    )
    return [
        WarmingDomain(
            row=one,
            limit=limit_on(today.date(), WarmUp(one.began_on, one.first_day, one.growth, one.most_a_day)),
            used=used.get(f"warm_up:{one.domain}", 0),
        )
        for one in SenderDomain.objects.all()
    ]


def _history(before: int | None) -> History:
    rows = SendingStop.objects.select_related("stopped_by", "lifted_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: STOPS_PER_PAGE + 1])
    shown = found[:STOPS_PER_PAGE]
    return History(shown, shown[-1].pk if len(found) > STOPS_PER_PAGE else None)
