"""Where a person may be: the time zones and countries that what we know of them leaves open.

An explicit time zone counts before the phone number, and that before the account's. A number that leaves several zones
open leaves them all open. Of somebody nothing is known about, only the countries are known that messages go to.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from phonenumbers import timezone as phone_zones

from outreach.rules import Whereabouts, ZoneSource
from outreach.rules.sending.public_holidays import is_known

_COUNTRY_IN_LOCALE = re.compile(r"[-_]([A-Za-z]{2})(?:[-_]|$)")
#: Names that stand for no place.
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})


def whereabouts(*, timezone: str, phone: str, account_timezone: str, locale: str) -> Whereabouts:
    """Every zone and country a person may be in. A zone whose name is gone counts as not given."""
    return _whereabouts(timezone, phone, account_timezone, locale, tuple(settings.SEND_COUNTRIES))


def zones_of_countries(countries: tuple[str, ...]) -> tuple[str, ...]:
    """All time zones of these countries. Raises ImproperlyConfigured for one that does not exist."""
    unknown = [country for country in countries if country not in _zones_by_country()]
    if unknown or not countries:
        named = " ".join(unknown) or "nothing"
        raise ImproperlyConfigured(
            f"SEND_COUNTRIES names {named}, which is no country. Write codes of two letters, such as US or GB."
        )
    return tuple(dict.fromkeys(zone for country in countries for zone in _zones_by_country()[country]))


# Enough for the people of a round, and little memory: most numbers lead to one of a few hundred places.
@lru_cache(maxsize=16384)
def _whereabouts(timezone: str, phone: str, account_zone: str, locale: str, countries: tuple[str, ...]) -> Whereabouts:
    by_phone, phone_country = _of_phone(phone)
    zones: tuple[str, ...]
    if _exists(timezone):
        zones, source = (timezone,), ZoneSource.THEIRS
    elif by_phone:
        zones, source = by_phone, ZoneSource.PHONE
    elif _exists(account_zone):
        zones, source = (account_zone,), ZoneSource.ACCOUNT
    else:
        zones, source = zones_of_countries(countries), ZoneSource.UNKNOWN
    return _shared(Whereabouts(zones, source, _countries(phone_country, locale, countries)))


@cache
def _shared(place: Whereabouts) -> Whereabouts:
    """One object for all who may be in the same places."""
    return place


def _countries(phone_country: str, locale: str, countries: tuple[str, ...]) -> tuple[str, ...]:
    """Whose holidays they may keep: that of the number and that of the language tag, or else wherever we send to."""
    spoken = _COUNTRY_IN_LOCALE.search(locale)
    known = dict.fromkeys(country for country in (phone_country, spoken[1].upper() if spoken else "") if country)
    found = tuple(country for country in known if is_known(country))
    return found or tuple(country for country in countries if is_known(country))


@lru_cache(maxsize=16384)
def _of_phone(phone: str) -> tuple[tuple[str, ...], str]:
    """The zones and the country of a number in E.164, empty where they are not known."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return (), ""
    zones = tuple(phone_zones.time_zones_for_number(number))
    country = phonenumbers.region_code_for_number(number) or ""
    # A zone among them that we cannot read might be the one they are in.
    return zones if all(map(_exists, zones)) else (), country


@cache
def _exists(zone: str) -> bool:
    if not zone or zone in _NO_PLACE:
        return False
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@cache
def _zones_by_country() -> dict[str, list[str]]:
    """The table that comes with the time zones: a country, a place on the map and a zone in each line."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _place, zone, *_note = line.split("\t")
            if _exists(zone):
                found.setdefault(country, []).append(zone)
    return found
