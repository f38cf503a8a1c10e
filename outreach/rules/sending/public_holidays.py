"""Public holidays and days of rest of the countries a person may be in, from the `holidays` package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import lru_cache

import holidays

_SATURDAY, _SUNDAY = 5, 6


def is_known(country: str) -> bool:
    """Whether the holidays of this country (ISO 3166, two letters) are known."""
    return country in _supported()


@lru_cache(maxsize=256)
def holiday_in(countries: tuple[str, ...]) -> Callable[[date], str]:
    """A function that names the public holiday of a day in any of these countries, or says nothing."""

    def name_of(day: date) -> str:
        return next((name for country in countries if (name := _year(country, day.year).get(day, ""))), "")

    return name_of


@lru_cache(maxsize=256)
def rest_days_in(countries: tuple[str, ...]) -> frozenset[int]:
    """The days of the week on which any of these countries rests, 0 for Monday; Saturday and Sunday where unknown."""
    found = {day for country in countries if is_known(country) for day in holidays.country_holidays(country).weekend}
    return frozenset(found or {_SATURDAY, _SUNDAY})


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> dict[date, str]:
    """The holidays of a year: those of the whole country, and those that at least half of its parts keep.

    Where a person lives within the country is not known. Easter Monday in the United Kingdom is such a day.
    """
    if not is_known(country):
        return {}
    whole = holidays.country_holidays(country, years=year, language="en_US")
    parts = [
        holidays.country_holidays(country, subdiv=part, years=year, language="en_US") for part in whole.subdivisions
    ]
    names: dict[date, str] = {}
    kept: Counter[date] = Counter()
    for part in parts:
        kept.update(part.keys())
        names.update(part)
    often = {day: names[day] for day, times in kept.items() if 2 * times >= len(parts)}
    return {**often, **whole}


@lru_cache(maxsize=1)
def _supported() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))
