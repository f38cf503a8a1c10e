"""What holds about addresses and consent, whoever asks. Pure."""

from contacts.rules.addresses import EMAIL_LENGTH, normalise_email, normalise_phone
from contacts.rules.consent import Standing, after_separation, together

__all__ = ["EMAIL_LENGTH", "Standing", "after_separation", "normalise_email", "normalise_phone", "together"]
