"""When, how often and how fast messages may leave, as managers set it. Each change is kept with what was before.

What waited because of a rule is looked at again once the rule is another one: it becomes due, and the claim decides.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models, transaction

from contacts.rules import normalise_email
from contacts.states import Channel
from outreach.models import ChannelRules, ContactCap, ProviderRate, SenderDomain
from outreach.rules.warmup import WarmUp, why_not_grow
from outreach.services.holding import OF_CAPS, OF_HOURS, release_holds
from outreach.services.limits import forget_places
from outreach.services.refusals import NotPermitted, Refused
from staff.models import User
from staff.services import record

MOST_DAYS = 90
_LARGEST = 2_147_483_647
_Row = TypeVar("_Row", bound=models.Model)


@transaction.atomic
def set_hours(
    *, channel: str, opens: int, closes: int, on_weekends: bool, on_holidays: bool, by: User, now: datetime
) -> ChannelRules:
    """From when to when messages of one channel leave, in whole hours of each person's own time.

    Raises NotPermitted, and Refused for hours that never come.
    """
    _permit(by)
    if channel not in Channel.values:
        raise Refused("There is no such channel. Load the page again.")
    if not (0 <= opens <= 23 and 1 <= closes <= 24):
        raise Refused("Hours begin at 0 to 23 and end at 1 to 24.")
    if opens >= closes:
        raise Refused(f"From {opens} to {closes} is no part of one day, so nothing would ever leave. Begin earlier.")
    values = {"opens": opens, "closes": closes, "on_weekends": on_weekends, "on_holidays": on_holidays}
    rules = _keep(ChannelRules, {"channel": channel}, values, "outreach.set_hours", by)
    release_holds(held_by=OF_HOURS, channel=channel, now=now)
    return rules


@transaction.atomic
def set_cap(*, channel: str, most: int, days: int, by: User, now: datetime) -> ContactCap:
    """At most so many messages to one person in so many days; empty ``channel``: over all channels together.

    One for the same days takes the place of the one before. Raises NotPermitted, and Refused for a cap that stops
    everything or nothing.
    """
    _permit(by)
    if channel and channel not in Channel.values:
        raise Refused("There is no such channel. Load the page again.")
    if not 1 <= most <= 32767:
        raise Refused("At least 1 message must be allowed. To send nothing, stop the channel above.")
    if not 1 <= days <= MOST_DAYS:
        raise Refused(f"Count over 1 to {MOST_DAYS} days.")
    stricter = (
        ContactCap.objects.filter(channel__in={"", channel}, most__lte=most, days__gte=days)
        .exclude(channel=channel, days=days)
        .first()
    )
    if stricter is not None:
        raise Refused(f"This would never stop anything: {cap_words(stricter)} is stricter already. Change that one.")
    cap = _keep(ContactCap, {"channel": channel, "days": days}, {"most": most}, "outreach.set_cap", by)
    release_holds(held_by=OF_CAPS, now=now)
    return cap


@transaction.atomic
def remove_cap(*, cap_id: int, by: User, now: datetime) -> None:
    """Let this cap go. Raises NotPermitted, or Refused where somebody was first."""
    _permit(by)
    _remove(ContactCap, cap_id, "outreach.remove_cap", by)
    release_holds(held_by=OF_CAPS, now=now)


@transaction.atomic
def set_rate(*, provider: str, per_minute: int, by: User, now: datetime) -> ProviderRate:
    """How many messages a minute this provider is given. Raises NotPermitted or Refused."""
    _permit(by)
    if not provider or len(provider) > 40:
        raise Refused("Choose who takes the messages.")
    if not 1 <= per_minute <= _LARGEST:
        raise Refused("At least 1 message a minute must be able to leave. To send nothing, stop the channel above.")
    rate = _keep(ProviderRate, {"provider": provider}, {"per_minute": per_minute}, "outreach.set_rate", by)
    _look_again(provider, "rate", now)
    return rate


@transaction.atomic
def remove_rate(*, rate_id: int, by: User, now: datetime) -> None:
    """Give this provider as many as there are. Raises NotPermitted, or Refused where somebody was first."""
    _permit(by)
    rate = _remove(ProviderRate, rate_id, "outreach.remove_rate", by)
    _look_again(rate.provider, "rate", now)


@transaction.atomic
def set_warm_up(
    *, domain: str, began_on: date, first_day: int, growth: Decimal, most_a_day: int, by: User, now: datetime
) -> SenderDomain:
    """How a new sender domain becomes known: its mail grows from day to day. Raises NotPermitted or Refused."""
    _permit(by)
    try:
        name = normalise_email(f"anybody@{domain.strip().removeprefix('@')}").rpartition("@")[2]
    except ValueError as problem:
        raise Refused("This is no domain. Write what follows the @ in the sender's address.") from problem
    if max(first_day, most_a_day) > _LARGEST or growth >= 100 or most_a_day < 0:
        raise Refused("These numbers are larger than anybody's mail. Correct them.")
    if objection := why_not_grow(WarmUp(began_on, first_day, growth, most_a_day)):
        raise Refused(objection)
    values = {"began_on": began_on, "first_day": first_day, "growth": growth, "most_a_day": most_a_day}
    kept = _keep(SenderDomain, {"domain": name}, values, "outreach.set_warm_up", by)
    _look_again(name, "warm_up", now)
    return kept


@transaction.atomic
def remove_warm_up(*, domain_id: int, by: User, now: datetime) -> None:
    """This domain is known: no limit any more. Raises NotPermitted, or Refused where somebody was first."""
    _permit(by)
    gone = _remove(SenderDomain, domain_id, "outreach.remove_warm_up", by)
    _look_again(gone.domain, "warm_up", now)


def cap_words(cap: ContactCap) -> str:
    """A cap as people say it, such as "at most 3 in 7 days on all channels together"."""
    where = f"by {cap.get_channel_display()}" if cap.channel else "on all channels together"
    return f"at most {cap.most} in {cap.days} day{'' if cap.days == 1 else 's'} {where}"


def _permit(by: User) -> None:
    if not by.has_perm("outreach.control_sending"):
        raise NotPermitted("You may not change this. Ask a manager.")


def _keep(model: type[_Row], which: dict[str, Any], values: dict[str, Any], action: str, by: User) -> _Row:
    """Write one row, new or changed, with what was before. The same again writes nothing."""
    objects = model._default_manager
    row, new = objects.select_for_update().get_or_create(**which, defaults=values)
    before = {} if new else _values(row, values)
    if not new and before == values:
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    record(
        action=action, actor=by, on=row, summary="Set" if new else "Changed",
        detail={**which, "before": _plain(before), "after": _plain(values)},
    )  # fmt: skip
    return row


def _remove(model: type[_Row], row_id: int, action: str, by: User) -> _Row:
    row = model._default_manager.select_for_update().filter(pk=row_id).first()
    if row is None:
        raise Refused("Somebody removed it already. Nothing was changed.")
    names = [field.attname for field in model._meta.concrete_fields if not field.primary_key]
    record(action=action, actor=by, on=row, summary="Removed", detail={"before": _plain(_values(row, names))})
    row.delete()
    return row


def _look_again(name: str, held_by: str, now: datetime) -> None:
    forget_places(name=name)
    release_holds(held_by=held_by, now=now)


def _values(row: models.Model, names: Collection[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, (date, Decimal)) else value for name, value in values.items()}
