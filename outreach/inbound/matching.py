"""Which message of ours something is about, and who wrote to us."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from contacts.models import Address, Contact
from contacts.rules import normalise_email, normalise_phone
from contacts.states import ADDRESS_KIND_OF_CHANNEL, AddressKind, Channel
from outreach.channels.addresses import draft_of_address, draft_of_message_id
from outreach.inbound.message import IncomingMessage
from outreach.inbound.news import News
from outreach.models import Draft

_MOST = 2


def draft_of_news(news: News) -> Draft | None:
    """The message this news is about: by the number we gave along, by our own id of it, by the provider's."""
    drafts = Draft.objects.select_related("contact")
    if news.draft_id is not None:
        found = drafts.filter(pk=news.draft_id).first()
        if found is not None:
            return found
    return _by_our_id(news.message_ids) or _by_their_id(news.message_ids)


def draft_of_message(message: IncomingMessage) -> Draft | None:
    """The message this one answers, or None.

    By the ids it names, then by the address it was sent to. A text message names nothing: it answers the last one that
    went to this number, if all that went there was to one person.
    """
    if message.channel == Channel.SMS:
        number = known_address(AddressKind.PHONE, message.sender)
        sent = list(Draft.objects.sent().filter(channel=Channel.SMS, address=number).select_related("contact")[:20])
        people = {draft.contact_id for draft in sent}
        return sent[0] if len(people) == 1 else None
    answered = (*message.in_reply_to, *reversed(message.references))
    found = _by_our_id(answered) or _by_their_id(answered)
    if found is not None:
        return found
    for recipient in message.recipients:
        draft_id = draft_of_address(recipient)
        draft = Draft.objects.select_related("contact").filter(pk=draft_id).first() if draft_id else None
        if draft is not None:
            return draft
    return None


def contact_of(message: IncomingMessage, draft: Draft | None) -> Contact | None:
    """Who wrote: whoever got the message it answers, else whose address it is, now or formerly.

    None where nobody is known by that address, or more than one, so that a person has to look.
    """
    if draft is not None:
        return draft.contact
    kind = ADDRESS_KIND_OF_CHANNEL.get(message.channel, "")
    value = known_address(kind, message.sender)
    if not value:
        return None
    for current in (True, False):
        ids = Address.objects.filter(kind=kind, value=value, is_primary=current).values("contact_id")
        people = list(Contact.objects.filter(pk__in=ids, merged_into=None)[:_MOST])
        if people:
            return people[0] if len(people) == 1 else None
    return None


def known_address(kind: str, value: str) -> str:
    """The address in the form it is stored in, or "" when it is none."""
    try:
        if kind == AddressKind.EMAIL:
            return normalise_email(value)
        return normalise_phone(value, settings.DEFAULT_PHONE_REGION) if kind == AddressKind.PHONE else ""
    except ValueError:
        return ""


def _by_our_id(ids: Iterable[str]) -> Draft | None:
    for one in ids:
        named = draft_of_message_id(one)
        # The beginning of the text's fingerprint is a secret of whoever got the message.
        found = named and Draft.objects.filter(pk=named[0], fingerprint__startswith=named[1]).select_related("contact")
        draft = found.first() if found else None
        if draft is not None:
            return draft
    return None


def _by_their_id(ids: Iterable[str]) -> Draft | None:
    """By what the provider calls it. Some write their ids with angle brackets, and some put more after a dot."""
    wanted: list[str] = []
    for one in ids:
        bare = one.strip().strip("<>")
        wanted += [bare, f"<{bare}>"] + ([] if "@" in bare else [bare.partition(".")[0]])
    given = [one for one in dict.fromkeys(wanted) if len(one.strip("<>")) > 3]
    if not given:
        return None
    found = Draft.objects.filter(provider_message_id__in=given).select_related("contact").order_by("pk")[:_MOST]
    return found[0] if len(found) == 1 else None
