"""What a source says about a person (Segment's traits), read into what a contact can take. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from contacts.rules.addresses import normalise_email, normalise_phone
from contacts.rules.birthdays import read_birthday
from contacts.states import AddressKind

NAME_LENGTH = 300
ACCOUNT_LENGTH = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*", re.IGNORECASE)
_LANGUAGE_LENGTH = 20
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Traits:
    """What was said and can be used; everything else is empty. ``ignored`` names the traits that were not usable."""

    email: str = ""
    phone: str = ""
    name: str = ""
    timezone: str = ""
    locale: str = ""
    birthday: date | None = None
    company_id: str = ""
    company: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) of the addresses given, the e-mail address first."""
        both = ((AddressKind.EMAIL.value, self.email), (AddressKind.PHONE.value, self.phone))
        return tuple((kind, value) for kind, value in both if value)

    @property
    def says_who(self) -> bool:
        """Whether this is enough to know somebody by."""
        return bool(self.email or self.phone or self.name)


def read_traits(traits: Mapping[str, Any], region: str) -> Traits:
    """Read the traits we know. One that is not what it should be is left out and named; it never refuses the rest.

    ``region`` is where a phone number without a country code belongs.
    """
    ignored: list[str] = []

    def read(trait: str, understand: Any) -> str:
        text = words(traits.get(trait))
        if not text:
            if traits.get(trait) not in (None, ""):
                ignored.append(trait)
            return ""
        try:
            return str(understand(text))
        except ValueError:
            ignored.append(trait)
            return ""

    company = traits.get("company")
    about = company if isinstance(company, Mapping) else {"name": company}
    both = " ".join(part for part in (words(traits.get("firstName")), words(traits.get("lastName"))) if part)
    return Traits(
        email=read("email", normalise_email),
        phone=read("phone", lambda text: normalise_phone(text, region)),
        name=(words(traits.get("name")) or both)[:NAME_LENGTH],
        timezone=read("timezone", _timezone),
        locale=read("locale", _language),
        birthday=date.fromisoformat(day) if (day := read("birthday", read_birthday)) else None,
        company_id=words(about.get("id"))[:ACCOUNT_LENGTH],
        company=words(about.get("name"))[:NAME_LENGTH],
        ignored=tuple(ignored),
    )


def words(given: Any) -> str:
    """A text or number as text on one line; "" for anything else."""
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        return ""
    return _SPACES.sub(" ", str(given).replace("\x00", "")).strip()


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _timezone(text: str) -> str:
    try:
        return _zones()[text.lower()]
    except KeyError:
        raise ValueError("There is no such time zone.") from None


def _language(text: str) -> str:
    tag = text.replace("_", "-")
    if len(tag) > _LANGUAGE_LENGTH or not _LANGUAGE.fullmatch(tag):
        raise ValueError("This is not the tag of a language.")
    return tag
