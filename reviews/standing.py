"""Who a contact is to us: how to reach them, what they allow, what they buy, which leads they have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.formats import date_format

from contacts.models import Account, ActiveSuppression, Address, ConsentRecord, Contact, Merge, SuspectedDuplicate
from contacts.states import (
    ADDRESS_KIND_OF_CHANNEL,
    Channel,
    Consent,
    DuplicateStatus,
    SuppressionChannel,
    SuppressionReason,
)
from followups.models import Lead
from outreach.models import Draft
from retention.models import Customer, ScoreOverride
from retention.states import Band
from staff.models import User

_STRICTNESS = {reason: place for place, reason in enumerate(SuppressionReason.values)}
_REFUSED = {
    SuppressionReason.OPTED_OUT: "they opted out",
    SuppressionReason.EXPLICIT_NO: "they said no",
    SuppressionReason.COMPLAINT: "they reported a message as spam",
    SuppressionReason.LEGAL: "there is a legal reason",
    SuppressionReason.MANUAL: "one of us stopped it",
    SuppressionReason.HARD_BOUNCE: "the address does not exist",
}
_BADGES = {Band.HIGH: "badge-stop", Band.MEDIUM: "badge-warn", Band.LOW: "badge-ok"}
_MISSING = {"email": "there is no e-mail address", "phone": "there is no phone number"}


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """Whether we may use a channel, and every reason for the answer with where it comes from."""

    channel: str
    label: str
    allowed: bool
    why: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The answer with its reasons, for instance “No: they opted out on 3 March 2026 (Reply to an e-mail).”"""
        return f"{'Yes' if self.allowed else 'No'}: {'; '.join(self.why)}."


@dataclass(frozen=True, slots=True)
class CustomerStanding:
    """A customer of this contact with the band that holds: that of an override, else that of the score."""

    customer: Customer
    band: str
    override: ScoreOverride | None

    @property
    def band_label(self) -> str:
        return str(Band(self.band).label) if self.band else ""

    @property
    def badge(self) -> str:
        return _BADGES[Band(self.band)] if self.band else "badge-quiet"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Another contact that may be the same person, and why."""

    pair: SuspectedDuplicate
    other: Contact


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything around the timeline.

    ``merged`` are the merges that hold, in which others became part of this one; ``perhaps`` are contacts that may be
    the same person.
    """

    contact: Contact
    survivor: Contact | None
    merged: list[Merge]
    perhaps: list[Suspicion]
    current: list[Address]
    former: list[Address]
    permission: list[ChannelStanding]
    customers: list[CustomerStanding]
    leads: list[Lead]


def visible_contacts(user: User) -> Q:
    """Which contacts a person may see: those of a customer, lead or message they may see, or of an account of theirs.

    Everybody for holders of a permission that shows every lead or every customer.
    """
    if user.has_perm("followups.see_every_lead") or user.has_perm("retention.see_every_customer"):
        return Q()
    ours = Q(owner=user) | Q(owner__team__manager=user)
    if user.team_id is not None:
        ours |= Q(owner__team=user.team_id)
    mine = OuterRef("pk")
    return (
        Q(Exists(Lead.objects.visible_to(user).filter(contact=mine)))
        | Q(Exists(Customer.objects.visible_to(user).filter(contact=mine)))
        | Q(Exists(Draft.objects.visible_to(user).filter(contact=mine)))
        | Q(Exists(Account.objects.filter(ours, pk=OuterRef("account_id"))))
    )


def contacts_open_to(user: User) -> QuerySet[Contact]:
    """The contacts whose page answers this person; those that became part of another are left out."""
    return Contact.objects.filter(visible_contacts(user))


def may_see(user: User, contact: Contact) -> bool:
    """Whether this person may see a contact. One that became part of another is seen by whoever sees that one."""
    seen = {contact.pk}
    while contact.merged_into is not None and contact.merged_into.pk not in seen:
        contact = contact.merged_into
        seen.add(contact.pk)
    return Contact.objects.filter(visible_contacts(user), pk=contact.pk).exists()


def standing_of(contact: Contact, *, now: datetime) -> Standing:
    """Gather it all, in a fixed number of queries."""
    addresses = list(Address.objects.filter(contact=contact).order_by("kind", "-is_primary", "-id"))
    return Standing(
        contact=contact,
        survivor=contact.merged_into,
        merged=list(
            Merge.objects.filter(survivor=contact, undone_at__isnull=True).select_related("merged", "merged_by")
        ),
        perhaps=_perhaps(contact),
        current=[address for address in addresses if address.is_primary],
        former=[address for address in addresses if not address.is_primary],
        permission=permission_of(contact, addresses),
        customers=customers_of(contact, now=now),
        leads=list(Lead.objects.filter(contact=contact).select_related("owner").order_by("-id")[:20]),
    )


def _perhaps(contact: Contact) -> list[Suspicion]:
    pairs = SuspectedDuplicate.objects.filter(
        Q(first=contact) | Q(second=contact), status=DuplicateStatus.OPEN
    ).select_related("first", "second")
    return [Suspicion(pair, pair.second if pair.first_id == contact.pk else pair.first) for pair in pairs[:5]]


def permission_of(contact: Contact, addresses: list[Address]) -> list[ChannelStanding]:
    """Every channel with the answer and its proof.

    What was refused and allowed counts whatever moment is asked about, so this takes no time.
    """
    agreed = {
        record.channel: record
        for record in ConsentRecord.objects.filter(contact=contact)
        .order_by("channel", "-recorded_at", "-id")
        .distinct("channel")
    }
    refused = sorted(
        ActiveSuppression.objects.filter(contact=contact).select_related("suppression"),
        key=lambda one: (_STRICTNESS[one.reason], one.at),
    )
    kinds = {address.kind for address in addresses if address.is_primary}
    return [
        _channel(
            channel,
            agreed.get(channel.value),
            [one for one in refused if one.channel in (channel.value, SuppressionChannel.ALL)],
            kinds,
        )
        for channel in Channel
    ]


def _channel(
    channel: Channel, agreed: ConsentRecord | None, refused: list[ActiveSuppression], kinds: set[str]
) -> ChannelStanding:
    no: list[str] = []
    for one in refused:
        source = f" ({one.suppression.source})" if one.suppression.source else ""
        whole = ", for the whole account" if one.suppression.account_id else ""
        no.append(f"{_REFUSED[SuppressionReason(one.reason)]} on {_day(one.at)}{whole}{source}")
    if agreed is None:
        no.append("they never said whether we may, and unknown is no")
    elif agreed.status == Consent.NO:
        no.append(f"they refused on {_day(agreed.recorded_at)}{_source(agreed)}")
    elif agreed.status == Consent.UNKNOWN:
        no.append(f"two contacts became one on {_day(agreed.recorded_at)}, and only one of them had agreed")
    kind = ADDRESS_KIND_OF_CHANNEL.get(channel)
    if kind and kind not in kinds:
        no.append(_MISSING[kind])
    if no or agreed is None:
        return ChannelStanding(channel.value, str(channel.label), False, tuple(dict.fromkeys(no)))
    why = (f"they agreed on {_day(agreed.recorded_at)}{_source(agreed)}",)
    return ChannelStanding(channel.value, str(channel.label), True, why)


def _source(record: ConsentRecord) -> str:
    return f" ({record.source})" if record.source else ""


def _day(at: datetime) -> str:
    return date_format(at, "j F Y")


def customers_of(contact: Contact, *, now: datetime) -> list[CustomerStanding]:
    """The customers behind a contact, each with the band that holds. Two queries."""
    overrides = ScoreOverride.objects.filter(customer__contact=contact, ended_at__isnull=True, expires_at__gt=now)
    holding = {one.customer_id: one for one in overrides.select_related("created_by")}
    found = Customer.objects.filter(contact=contact).select_related("owner", "score__version__model")
    standings = []
    for customer in found.order_by("id")[:20]:
        override = holding.get(customer.pk)
        score = getattr(customer, "score", None)
        shown = override or score
        standings.append(CustomerStanding(customer, shown.band if shown else "", override))
    return standings
