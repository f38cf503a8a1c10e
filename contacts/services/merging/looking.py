"""What a merge would do, shown before anybody decides. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass

from contacts.models import ActiveSuppression, Contact
from contacts.permission import permissions_of
from contacts.rules import together
from contacts.services.errors import Refused
from contacts.services.merging import allowing, moving
from contacts.services.merging.joining import refuse_impossible
from contacts.states import Channel, Consent, SuppressionReason

WORDS_OF_FIELDS = {
    "name": "name",
    "account_id": "account",
    "timezone": "time zone",
    "locale": "language",
    "preferred_channel": "preferred channel",
    "external_id": "external id",
    "birthday": "birthday",
    "customer_since": "customer since",
    "churned_on": "customer until",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be sent on one channel: by the survivor now, by the other now, and by both as one. Words for people."""

    channel: str
    survivor: str
    merged: str
    result: str
    stricter: bool


@dataclass(frozen=True, slots=True)
class MergePreview:
    """``moves`` are what moves and how many of each, ``takes`` the fields the survivor gets, ``problem`` why not."""

    moves: tuple[tuple[str, int], ...]
    takes: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    problem: str = ""


def preview(*, survivor: Contact, merged: Contact) -> MergePreview:
    """What would move and what may be sent afterwards, in a number of queries that does not depend on how much."""
    try:
        refuse_impossible(survivor=survivor, merged=merged)
    except Refused as refused:
        return MergePreview((), (), (), refused.sentence)
    taken = moving.fill(survivor=survivor, merged=merged)
    takes = tuple(WORDS_OF_FIELDS[name] for name in taken)
    return MergePreview(_counts(merged.pk), takes, tuple(_outcomes(survivor, merged)))


def _counts(contact_id: int) -> tuple[tuple[str, int], ...]:
    tables = [(one.model._meta.verbose_name_plural, one.table, one.column) for one in moving.relations()]
    tables += [
        ("addresses", "contacts_address", "contact_id"),
        ("ids", "contacts_identity", "contact_id"),
        ("events", "contacts_event", "contact_id"),
    ]
    places = range(len(tables))
    parts = [
        f"SELECT {place} AS place, count(*) AS found FROM {tables[place][1]} WHERE {tables[place][2]} = %(contact)s"  # noqa: S608
        for place in places
    ]
    found = dict(moving.rows(" UNION ALL ".join(parts), {"contact": contact_id}))
    return tuple((str(tables[place][0]), found[place]) for place in places if found[place])


def _outcomes(survivor: Contact, merged: Contact) -> list[Outcome]:
    pair = [survivor.pk, merged.pk]
    before = allowing.standings(pair)
    permissions = permissions_of(pair)
    words = dict(SuppressionReason.choices)
    bounces = set(
        ActiveSuppression.objects.filter(
            contact_id__in=pair, reason=SuppressionReason.HARD_BOUNCE, suppression__contact__isnull=True
        ).values_list("contact_id", "channel")
    )
    outcomes = []
    for channel, label in Channel.choices:
        mine, theirs = before[survivor.pk, channel], before[merged.pk, channel]
        refused = {contact: set(permissions[contact][channel].suppressed_by) for contact in pair}
        # A dead address is no refusal: it stays a fact about that address.
        brought = refused[merged.pk] - (
            {SuppressionReason.HARD_BOUNCE.value} if (merged.pk, channel) in bounces else set()
        )
        both = refused[survivor.pk] | brought
        if not (mine.asked or theirs.asked or both):
            continue
        result = together(mine, theirs)
        outcomes.append(
            Outcome(
                channel=label,
                survivor=_words(mine.consent, refused[survivor.pk], words),
                merged=_words(theirs.consent, refused[merged.pk], words),
                result=_words(result, both, words),
                stricter=bool(both - refused[survivor.pk]) or (result != mine.consent and result != Consent.YES),
            )
        )
    return outcomes


def _words(consent: str, reasons: set[str], words: dict[str, str]) -> str:
    """Why nothing may be sent, strictest first, or what they answered."""
    if reasons:
        return ", ".join(label for reason, label in words.items() if reason in reasons)
    return {"yes": "Agreed", "no": "Said no"}.get(consent, "Not known")
