"""How addresses are written down, so that one person's address is one value however it was typed. Pure."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

EMAIL_LENGTH = 254
_LOCAL = re.compile(r"[^\s@<>(),;:\"\\\[\]\x00-\x1f\x7f]{1,64}")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD])


def normalise_email(text: str) -> str:
    """The address in the form it is stored and compared in: trimmed, composed, lower case.

    Raises ValueError with a sentence when it cannot be the address of one mailbox.
    """
    address = unicodedata.normalize("NFC", text.translate(_INVISIBLE)).strip().lower()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain:
        raise ValueError("This is not an e-mail address: it needs a name, an @ and a domain.")
    if len(address) > EMAIL_LENGTH:
        raise ValueError(f"This e-mail address is longer than {EMAIL_LENGTH} characters.")
    if not _LOCAL.fullmatch(local) or local[0] == "." or local[-1] == "." or ".." in local:
        raise ValueError("This is not an e-mail address: the part before the @ is not valid.")
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("This is not an e-mail address: the part after the @ is not a domain.")
    return address


def normalise_phone(text: str, region: str) -> str:
    """The number in E.164, for instance +12025550143. ``region`` is where a number without a country code belongs.

    Raises ValueError with a sentence when no such number can exist.
    """
    try:
        number = phonenumbers.parse(text.translate(_INVISIBLE).strip(), region)
    except phonenumbers.NumberParseException as problem:
        raise ValueError(
            "This is not a phone number. Write it with its country code, for instance +12025550143."
        ) from problem
    # A number that only works within its own town is not enough to reach anybody.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(
            "This phone number is too short or too long. Write it with its country code, for instance +12025550143."
        )
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
