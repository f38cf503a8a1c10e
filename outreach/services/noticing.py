"""News of messages that left: what is written down, and what follows from it.

News come twice, late, and in any order; what follows from them does not depend on that. The contact is locked before
the draft, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts import services as contacts
from contacts.ingest.turn import wait_for_turn
from contacts.models import Contact
from contacts.services.arrivals import announce
from contacts.services.events import name_of
from contacts.services.permission import concerned, lock_contacts
from contacts.states import ADDRESS_KIND_OF_CHANNEL, Channel, SuppressionChannel, SuppressionReason
from outreach.inbound.matching import known_address
from outreach.inbound.news import News
from outreach.models import DeliveryEvent, Draft, ProviderNotice
from outreach.rendering import UNSUBSCRIBE_TOKEN
from outreach.rules.machines import Action, MessageFacts, why_machine
from outreach.services.deciding import LONGEST_REASON, suppress_pending
from outreach.services.refusals import Refused
from outreach.services.stopping import note_complaint
from outreach.services.unsubscribing import lock_concerned, opt_out
from outreach.states import DeliveryKind, DraftStatus, NoticeStatus
from staff.models import User
from staff.services import record

#: What the person did, as an event of theirs. Each at most once for each message.
_DONE_BY_THEM = {
    (Channel.EMAIL, DeliveryKind.OPENED): "email_opened",
    (Channel.EMAIL, DeliveryKind.CLICKED): "email_clicked",
    (Channel.SMS, DeliveryKind.CLICKED): "sms_clicked",
    (Channel.PUSH, DeliveryKind.OPENED): "push_opened",
    (Channel.PUSH, DeliveryKind.CLICKED): "push_opened",
}
JUDGED = frozenset({DeliveryKind.OPENED, DeliveryKind.CLICKED})
_LINK = re.compile(r"https?://[^\s<>()\"']+")
_SENT_NAMES = {Channel.EMAIL: "email_sent", Channel.SMS: "sms_sent"}
#: How far back sent messages are looked for that have no event yet: longer than any worker is away.
SENT_WITHIN = timedelta(days=7)
_MOST_AT_ONCE = 5000


@transaction.atomic
def note_news(*, news: News, draft: Draft, now: datetime, around: Sequence[Action] = ()) -> DeliveryEvent | None:
    """Write down what became of a message, and do what follows from it. Returns the row, if there is one.

    ``around`` are other openings and clicks of the same message that are not written down yet. Nobody has the address:
    it is suppressed. A complaint, or a stop at the provider: the person and the address are, on every channel, and
    what waits for them is given up, before this returns. A message of which we did not know whether it left did.
    """
    lock_concerned(draft)
    draft = Draft.objects.select_related("contact").get(pk=draft.pk)
    at = min(news.at or now, now)
    if news.left:
        _settle_if_unknown(draft, news, now)
    event = _write_down(news, draft, at, around) if news.kind else None
    _stop(news, draft, now)
    if event is not None and not event.machine:
        _note_as_theirs(event, draft, at)
    return event


@transaction.atomic
def note_address_news(*, news: News, now: datetime) -> bool:
    """News about an address of ours and no message of ours that is known. Only what stops is heeded.

    Returns whether anything followed: nothing does where nobody has this address.
    """
    kind = ADDRESS_KIND_OF_CHANNEL.get(news.channel)
    value = known_address(kind or "", news.address)
    if kind is None or not value or not news.stops:
        return False
    theirs = concerned(contact=None, account=None, kind=kind, value=value)
    lock_contacts(theirs)
    ids = list(theirs.values_list("pk", flat=True))
    if not ids:
        return False
    hard = news.stops == SuppressionReason.HARD_BOUNCE
    contacts.suppress(
        address=(kind, value),
        channel=news.channel if hard else SuppressionChannel.ALL,
        reason=news.stops,
        at=now,
        source=f"News from {news.provider}"[:200],
    )
    suppress_pending(contact_ids=ids, now=now)
    return True


def action_of(news: News, now: datetime) -> Action:
    """The opening or click that this news is about, as `outreach.rules.machines` judges it."""
    return Action(news.kind, min(news.at or now, now), news.url, news.agent, news.prefetched)


@transaction.atomic
def note_sends(*, now: datetime) -> int:
    """Note every message that was sent as an event of its reader, once each: what open rates are a part of.

    Returns how many are new. Harmless when repeated, and by many at once.
    """
    wait_for_turn()
    names = {channel: name_of(title) for channel, title in _SENT_NAMES.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_event (contact_id, name_id, kind, occurred_at, received_at, message_id, machine, flag,
                                        currency, reference, properties)
            SELECT draft.contact_id, named.name_id, named.kind, draft.sent_at, %(now)s, draft.as_event, false, '',
                   '', '', jsonb_build_object('message', draft.id)
              FROM (SELECT id, contact_id, channel, sent_at, md5('rekindle sent ' || id)::uuid AS as_event
                      FROM outreach_draft
                     WHERE status = 'sent' AND sent_at > %(since)s AND sent_at <= %(now)s) AS draft
              JOIN (SELECT unnest(%(channels)s::text[]) AS channel, unnest(%(names)s::int[]) AS name_id,
                           unnest(%(kinds)s::int[]) AS kind) AS named USING (channel)
             WHERE NOT EXISTS (SELECT 1 FROM contacts_event event WHERE event.message_id = draft.as_event)
             ORDER BY draft.id LIMIT %(most)s
            ON CONFLICT (message_id) DO NOTHING
            RETURNING contact_id
            """,
            {
                "now": now,
                "since": now - SENT_WITHIN,
                "channels": [channel.value for channel in names],
                "names": [name.pk for name in names.values()],
                "kinds": [name.kind or 0 for name in names.values()],
                "most": _MOST_AT_ONCE,
            },
        )
        noted = [contact_id for (contact_id,) in cursor.fetchall()]
    if noted:
        announce(contact_ids=noted, now=now)
    return len(noted)


@transaction.atomic
def try_again(*, notice_id: int, by: User) -> ProviderNotice:
    """Read something again that could not be read. Raises Refused for what was dealt with."""
    changed = ProviderNotice.objects.filter(pk=notice_id, status=NoticeStatus.FAILED).update(
        status=NoticeStatus.WAITING, problem="", done_at=None, tries=0
    )
    if not changed:
        raise Refused("Only what could not be read can be read again.")
    notice = ProviderNotice.objects.get(pk=notice_id)
    record(action="outreach.read_again", actor=by, on=notice, summary="Read again")
    return notice


def _write_down(news: News, draft: Draft, at: datetime, around: Sequence[Action]) -> DeliveryEvent:
    because = ""
    if news.kind in JUDGED:
        before = DeliveryEvent.objects.filter(draft=draft, kind__in=JUDGED)
        known = [Action(one.kind, one.at, one.url) for one in before] + list(around)
        because = why_machine(Action(news.kind, at, news.url, news.agent, news.prefetched), known, message_facts(draft))
    return DeliveryEvent.objects.create(
        draft=draft,
        kind=news.kind,
        at=at,
        machine=bool(because),
        machine_because=because[:100],
        detail=news.detail[:300],
        url=news.url[:500],
        provider=news.provider[:40],
    )


def message_facts(draft: Draft) -> MessageFacts:
    """When a message left and arrived, and how many links are in it, the personal one among them."""
    arrived = DeliveryEvent.objects.filter(draft=draft, kind=DeliveryKind.DELIVERED)
    links = {one.rstrip(".,;:!?") for one in _LINK.findall(draft.body)}
    return MessageFacts(
        left_at=draft.claimed_at or draft.sent_at,
        delivered_at=arrived.order_by("at").values_list("at", flat=True).first(),
        links=len(links) + (1 if UNSUBSCRIBE_TOKEN in draft.body else 0),
    )


def _settle_if_unknown(draft: Draft, news: News, now: datetime) -> None:
    """The provider has it, so it left: the look-up that a person would have made (promise R2)."""
    told = str(DeliveryKind(news.kind).label).lower() if news.kind else "accepted"
    sent: dict[str, Any] = {
        "status": DraftStatus.SENT,
        "sent_at": draft.claimed_at or now,
        "status_reason": f"The answer was lost, but {news.provider} says what became of it: {told}."[:LONGEST_REASON],
    }
    if not draft.provider_message_id and news.message_ids:
        sent["provider_message_id"] = news.message_ids[0][:255]
    if draft.status == DraftStatus.APPROVED and draft.tries and draft.claimed_at is not None:
        # It was put back for another try, after an answer that sounded as if nothing had been taken. It must not
        # leave a second time, and goes the way that every message goes.
        Draft.objects.filter(pk=draft.pk, status=DraftStatus.APPROVED).update(status=DraftStatus.SENDING)
        changed = Draft.objects.filter(pk=draft.pk, status=DraftStatus.SENDING).update(**sent)
    else:
        changed = Draft.objects.filter(pk=draft.pk, status=DraftStatus.UNKNOWN).update(**sent)
    if changed:
        record(
            action="outreach.settle_unknown", on=draft, summary="Maybe sent: settled by the provider",
            detail={"was_sent": True, "provider": news.provider, "news": news.kind or "accepted"},
        )  # fmt: skip


def _stop(news: News, draft: Draft, now: datetime) -> None:
    source = f"News from {news.provider} about message {draft.pk}"[:200]
    kind = ADDRESS_KIND_OF_CHANNEL.get(draft.channel)
    if news.stops == SuppressionReason.OPTED_OUT:
        opt_out(draft=draft, source=source, now=now)
    elif news.stops == SuppressionReason.COMPLAINT:
        common: dict[str, Any] = {
            "channel": SuppressionChannel.ALL, "reason": SuppressionReason.COMPLAINT, "at": now, "source": source,
        }  # fmt: skip
        contacts.suppress(contact=draft.contact, **common)
        if kind is not None:
            contacts.suppress(address=(kind, draft.address), **common)
        suppress_pending(contact_ids=_everybody(draft, kind), now=now)
        if draft.channel == Channel.EMAIL and news.kind == DeliveryKind.COMPLAINED:
            note_complaint(now=now)
    elif news.stops == SuppressionReason.HARD_BOUNCE and kind is not None:
        contacts.suppress(
            address=(kind, draft.address), channel=draft.channel, reason=SuppressionReason.HARD_BOUNCE, at=now,
            source=source,
        )  # fmt: skip
        suppress_pending(contact_ids=_everybody(draft, kind), now=now)


def _everybody(draft: Draft, kind: str | None) -> list[int]:
    """The contact of the message, and whoever else has its address. All of them are locked already."""
    ids = {draft.contact_id}
    if kind is not None:
        with_it = concerned(contact=None, account=None, kind=kind, value=draft.address)
        ids.update(with_it.values_list("pk", flat=True))
    return sorted(ids)


def _note_as_theirs(event: DeliveryEvent, draft: Draft, at: datetime) -> None:
    """An event of the contact, at the first time that a person opened or clicked this message."""
    name = _DONE_BY_THEM.get((Channel(draft.channel), DeliveryKind(event.kind)))
    if name is None:
        return
    before = DeliveryEvent.objects.filter(draft=draft, kind=event.kind, machine=False).exclude(pk=event.pk)
    if not before.exists():
        contacts.record_event(
            contact=Contact.objects.get(pk=draft.contact_id), name=name,
            occurred_at=at.astimezone(UTC), properties={"message": draft.pk},
        )  # fmt: skip
