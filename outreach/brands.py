"""In whose name a message leaves, read from its brand and the settings. What is written: `outreach.services.brands`."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from contacts.rules import normalise_email
from outreach.models import Brand, Draft, Template
from outreach.rendering import one_line
from outreach.ways_out import is_folder

#: Names that nobody can own (RFC 2606 and 6761): an answer to them, and a complaint, would reach nobody.
_NOBODYS = ("example", "invalid", "test", "localhost", "local", "example.com", "example.net", "example.org")


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """Who a message is from. ``from_email`` is a bare address; each part is one line, and empty where nobody set it.

    ``from_name`` is for messages without an owner: a person's own name comes before it.
    """

    from_name: str
    from_email: str
    postal_address: str
    sms_sender: str

    @property
    def domain(self) -> str:
        """What follows the @, in small letters."""
        return self.from_email.rpartition("@")[2].lower()


def brand_of(draft: Draft) -> SenderIdentity:
    """Who this message is from. Asks the database unless ``brand`` was selected with the draft."""
    return identity_of(draft.brand or default_brand())


def brand_of_template(template: Template) -> SenderIdentity:
    """Who messages of this template are from."""
    return identity_of(template.brand or default_brand())


def default_brand() -> Brand | None:
    """The brand of what names none."""
    return Brand.objects.filter(is_default=True).first()


def identity_of(brand: Brand | None) -> SenderIdentity:
    """What the brand says, and for what it leaves empty the settings.

    FROM_EMAIL holds for every brand, POSTAL_ADDRESS for the default one only: another brand is another business.
    """
    name, address = parseaddr(settings.FROM_EMAIL)
    if brand is None:
        return SenderIdentity(name, address, one_line(settings.POSTAL_ADDRESS), "")
    own_name = brand.from_name or ("" if brand.is_default else brand.name)
    postal_address = brand.postal_address or (settings.POSTAL_ADDRESS if brand.is_default else "")
    return SenderIdentity(
        from_name=one_line(own_name or name),
        from_email=one_line(brand.from_email or address),
        postal_address=one_line(postal_address),
        sms_sender=one_line(brand.sms_sender),
    )


def problems(brand: Brand | None, *, channel: str = "email") -> list[str]:
    """What a message of this brand would lack by law or by sense, a sentence each.

    The sender matters for e-mail only; who we are and where we can be found matters on every channel.
    """
    sender, name = identity_of(brand), brand.name if brand is not None else "The default brand"
    found = []
    if not sender.postal_address:
        remedy = "Add it to the brand" if brand is None or not brand.is_default else "Add it, or set POSTAL_ADDRESS"
        found.append(f"{name} has no postal address. {remedy}: the law asks for it below every message.")
    if channel == "email":
        found += _problems_of_address(name, sender)
    return found


def _problems_of_address(name: str, sender: SenderIdentity) -> list[str]:
    if not sender.from_email:
        return [f"{name} has no address that messages come from. Add it to the brand, or set FROM_EMAIL."]
    try:
        normalise_email(sender.from_email)
    except ValueError:
        return [f"{name} sends from “{sender.from_email}”, which is no e-mail address. Correct it."]
    # In a folder nothing leaves, so an invented domain does no harm there.
    if not is_folder(settings.EMAIL_URL) and any(
        sender.domain == one or sender.domain.endswith(f".{one}") for one in _NOBODYS
    ):
        return [f"{name} sends from {sender.domain}, which nobody can own. Use an address of a domain of yours."]
    return []
