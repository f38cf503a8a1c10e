"""What holds about addresses and consent, whoever asks. Pure."""

from contacts.rules.addresses import EMAIL_LENGTH, normalise_email, normalise_phone
from contacts.rules.birthdays import read_birthday
from contacts.rules.consent import Standing, after_separation, together
from contacts.rules.traits import Traits, read_traits, words

__all__ = [
    "EMAIL_LENGTH",
    "Standing",
    "Traits",
    "after_separation",
    "normalise_email",
    "normalise_phone",
    "read_birthday",
    "read_traits",
    "together",
    "words",
]
