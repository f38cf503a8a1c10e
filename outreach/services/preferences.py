"""What people choose on their preference page: channels, topics, a while of quiet.

The page narrows at once and for everybody with the address. It gives back only what was refused on the page itself,
and it never touches a suppression: an opt-out answered is an opt-out kept (docs/adr/0008).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from contacts import services as contacts
from contacts.models import ActiveSuppression, Address, ConsentRecord, Contact, Identity
from contacts.states import (
    ADDRESS_KIND_OF_CHANNEL,
    Channel,
    Consent,
    IdentityKind,
    SuppressionChannel,
    SuppressionReason,
)
from outreach.models import Draft, Pause, PushSubscription, Topic, TopicRefusal
from outreach.models.drafts import DraftQuerySet
from outreach.rules.preferences import CHANNEL_WORDS, PAGE, Answer, may_switch_on, page_source, pause_until, words_for
from outreach.services.holding import release_holds, release_rivals
from outreach.services.unsubscribing import lock_concerned, recipient_of, wait_until_quiet
from outreach.states import DraftStatus
from staff.services import record

#: What `outreach.rules.may_send` calls it when a message waits because its reader wants quiet.
HELD_BY_PAUSE = "pause"
_ANSWERED_LATER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """One channel on the page. ``locked``: it is off, and the page cannot switch it on."""

    channel: str
    words: str
    address: str
    on: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """One topic on the page."""

    key: str
    name: str
    description: str
    on: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """What holds for one person now. ``stopped``: nothing is sent at all; ``opted_out``: because they said so."""

    draft: Draft
    channels: tuple[ChannelChoice, ...]
    topics: tuple[TopicChoice, ...]
    paused_until: datetime | None
    stopped: bool
    opted_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What came back from the page: what it showed, what of that it showed as on, and what is ticked now.

    Only what was shown is touched. What was shown as on and is ticked stays as it is, also where it was refused
    elsewhere meanwhile. ``pause`` is empty for no change, ``end``, or a choice of `outreach.rules.preferences`.
    """

    channels_shown: frozenset[str] = frozenset()
    channels_shown_on: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    topics_shown: frozenset[str] = frozenset()
    topics_shown_on: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    pause: str = ""
    pause_day: date | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """What holds after saving. ``on_its_way``: a message that is not wanted any more may still arrive."""

    preferences: Preferences
    on_its_way: bool


def preferences_of(*, token: str, now: datetime) -> Preferences | None:
    """What holds for whoever got this link, None for an unknown one. Changes nothing."""
    draft = recipient_of(token=token)
    return _preferences(draft, now) if draft is not None else None


def save_preferences(*, token: str, choices: Choices, now: datetime) -> Saved | None:
    """Keep what somebody chose on their page; None for an unknown link. Saving the same again changes nothing.

    What waits and is not wanted any more is given up in the same transaction; what is approved waits for the end of
    a pause. The answer then waits for sends under way as an unsubscribe does, so call it outside a transaction.
    Raises ValueError with a plain sentence for a pause that cannot be, and then keeps nothing.
    """
    draft = recipient_of(token=token)
    if draft is None:
        return None
    until = None
    if choices.pause not in ("", "end"):
        until = pause_until(choices.pause, choices.pause_day, today=now.date())
    ids, unwanted = _save(draft, choices, until, now)
    late = unwanted is not None and not wait_until_quiet(contact_ids=ids, among=unwanted)
    saved = preferences_of(token=token, now=now)
    return Saved(saved, on_its_way=late) if saved is not None else None


@transaction.atomic
def _save(draft: Draft, choices: Choices, until: datetime | None, now: datetime) -> tuple[list[int], Q | None]:
    """Everything in one transaction. Returns whom it was about, and which of their messages are not wanted now."""
    ids = lock_concerned(draft)
    off, on = _save_channels(draft, ids, choices, now)
    topics_off, topics_on = _save_topics(draft, ids, choices, now)
    pauses = _save_pause(draft, ids, until, now) if until is not None else 0
    ended = _end_pauses(ids, now) if choices.pause == "end" else 0
    if off or topics_off:
        # Whatever was held because one of these would go first need not wait for it.
        release_rivals(contact_ids=ids, now=now)
    if off or on or topics_off or topics_on or pauses or ended:
        detail = {"off": off, "on": on, "topics_off": topics_off, "topics_on": topics_on, "ended": ended}
        record(
            action="outreach.save_preferences", on=draft, summary="Preferences saved",
            detail={"contacts": ids, **detail, "paused_until": until.isoformat() if until else ""},
        )  # fmt: skip
    if until is not None:
        return ids, Q()
    return ids, Q(channel__in=off) | _about(topics_off) if off or topics_off else None


def _save_channels(draft: Draft, ids: list[int], choices: Choices, now: datetime) -> tuple[list[str], list[str]]:
    """Write the answers down. Returns the channels that are refused now, and those that are allowed now."""
    off, on = set[str](), set[str]()
    own, histories, open_to = _own(draft), _histories(ids), _open_channels(ids)
    for channel in sorted(choices.channels_shown.intersection(Channel.values)):
        for contact_id in ids:
            history = histories.get((contact_id, channel), [])
            allowed = bool(history) and history[0].status == Consent.YES
            if channel not in choices.channels and allowed:
                _answer(draft, contact_id, channel, Consent.NO, history, now)
                off.add(channel)
            elif channel in choices.channels - choices.channels_shown_on and not allowed:
                may = may_switch_on(
                    [_read(one) for one in history],
                    suppressed=channel not in open_to[contact_id].allowed,
                    reachable=channel in open_to[contact_id].reachable,
                )
                # Of a second record of theirs only what the page took is given back.
                if may and (contact_id == own or (history and _read(history[0]) == _REFUSED_HERE)):
                    _answer(draft, contact_id, channel, Consent.YES, history, now)
                    on.add(channel)
    words = f"They refused this channel on their preference page on {_day(now)}. Nothing was sent."
    _give_up(Draft.objects.filter(contact_id__in=ids, channel__in=off), words)
    return sorted(off), sorted(on)


def _save_topics(draft: Draft, ids: list[int], choices: Choices, now: datetime) -> tuple[list[int], list[int]]:
    off, on = list[int](), list[int]()
    shown = Topic.objects.filter(key__in=choices.topics_shown, active=True).order_by("pk")
    holding = TopicRefusal.objects.filter(contact_id__in=ids, withdrawn_at__isnull=True)
    source = page_source(draft.pk)
    for topic in shown:
        if topic.key not in choices.topics:
            refused = set(holding.filter(topic=topic).values_list("contact_id", flat=True))
            made = TopicRefusal.objects.bulk_create(
                TopicRefusal(contact_id=one, topic=topic, refused_at=now, source=source)
                for one in ids
                if one not in refused
            )
            if made:
                off.append(topic.pk)
                words = f"They refused “{topic.name}” on their preference page on {_day(now)}. Nothing was sent."
                _give_up(Draft.objects.filter(_about([topic.pk]), contact_id__in=ids), words)
        elif topic.key not in choices.topics_shown_on:
            given_back = holding.filter(topic=topic, source__startswith=PAGE).update(withdrawn_at=now)
            on += [topic.pk] if given_back else []
    return off, on


def _save_pause(draft: Draft, ids: list[int], until: datetime, now: datetime) -> int:
    """Quiet until then, instead of any pause before. What is approved says so and waits. Returns the new pauses."""
    theirs = Pause.objects.filter(contact_id__in=ids, ended_at__isnull=True, until__gt=now)
    same = set(theirs.filter(until=until).values_list("contact_id", flat=True))
    theirs.filter(source__startswith=PAGE).exclude(until=until).update(ended_at=now)
    made = Pause.objects.bulk_create(
        Pause(contact_id=one, asked_at=now, until=until, source=page_source(draft.pk)) for one in ids if one not in same
    )
    release_holds(held_by=HELD_BY_PAUSE, contact_ids=ids, now=now)
    waiting = _locked(_unheld(ids, until))
    Draft.objects.filter(pk__in=waiting, status=DraftStatus.APPROVED).update(
        not_before=until,
        held_by=HELD_BY_PAUSE,
        status_reason=f"They asked for quiet until {_day(until)}. It waits until then.",
    )
    return len(made)


def _end_pauses(ids: list[int], now: datetime) -> int:
    """They end what they asked for here, and what waited for it may go."""
    theirs = Pause.objects.filter(contact_id__in=ids, ended_at__isnull=True, until__gt=now, source__startswith=PAGE)
    ended = theirs.update(ended_at=now)
    if ended:
        release_holds(held_by=HELD_BY_PAUSE, contact_ids=ids, now=now)
    return ended


def _unheld(ids: list[int], until: datetime) -> DraftQuerySet:
    earlier = Q(not_before__isnull=True) | Q(not_before__lt=until)
    return Draft.objects.filter(earlier, contact_id__in=ids, status=DraftStatus.APPROVED, confirms__isnull=True)


def _give_up(drafts: DraftQuerySet, words: str) -> None:
    ids = _locked(drafts.pending().filter(confirms__isnull=True))
    Draft.objects.pending().filter(pk__in=ids).update(status=DraftStatus.SUPPRESSED, status_reason=words, held_by="")


def _locked(drafts: DraftQuerySet) -> list[int]:
    return list(drafts.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def _about(topic_ids: list[int]) -> Q:
    """Messages about these topics: by themselves, or by the template they were written from."""
    return Q(topic_id__in=topic_ids) | Q(topic__isnull=True, template_version__template__topic_id__in=topic_ids)


# --- what is known ----------------------------------------------------------------------------------------------------

_REFUSED_HERE = Answer(Consent.NO, on_page=True)


@dataclass(frozen=True, slots=True)
class _Ways:
    """The channels that no suppression closes, and those with somewhere to write to."""

    allowed: frozenset[str]
    reachable: frozenset[str]
    addresses: Mapping[str, str]
    opted_out: bool


def _preferences(draft: Draft, now: datetime) -> Preferences:
    own = _own(draft)
    histories, ways = _histories([own]), _open_channels([own])[own]
    channels = []
    for channel, words in CHANNEL_WORDS.items():
        history = [_read(one) for one in histories.get((own, channel), [])]
        if channel not in ways.reachable:
            continue
        suppressed = channel not in ways.allowed
        on = not suppressed and bool(history) and history[0].status == Consent.YES
        locked = not on and not may_switch_on(history, suppressed=suppressed, reachable=True)
        channels.append(ChannelChoice(channel, words, ways.addresses.get(channel, ""), on, locked))
    refused = set(
        TopicRefusal.objects.filter(contact_id=own, withdrawn_at__isnull=True).values_list("topic_id", flat=True)
    )
    topics = [
        TopicChoice(one.key, one.name, one.description, one.pk not in refused)
        for one in Topic.objects.filter(active=True)
    ]
    pause = Pause.objects.filter(contact_id=own, ended_at__isnull=True, until__gt=now).order_by("-until").first()
    return Preferences(
        draft=draft,
        channels=tuple(channels),
        topics=tuple(topics),
        paused_until=pause.until if pause is not None else None,
        stopped=not ways.allowed,
        opted_out=ways.opted_out,
    )


def _own(draft: Draft) -> int:
    """The contact that the link belongs to now: the one written to, or the one they became part of."""
    contact = Contact.objects.get(drafts=draft)
    return contact.merged_into_id or contact.pk


def _histories(ids: Collection[int]) -> dict[tuple[int, str], list[ConsentRecord]]:
    """(contact, channel) → their answers, the one that counts first."""
    found: dict[tuple[int, str], list[ConsentRecord]] = {}
    for one in ConsentRecord.objects.filter(contact_id__in=ids).order_by("-recorded_at", "-id"):
        found.setdefault((one.contact_id, one.channel), []).append(one)
    return found


def _read(one: ConsentRecord) -> Answer:
    return Answer(one.status, one.recorded_by_id is None and one.source.startswith(PAGE))


def _open_channels(ids: Collection[int]) -> dict[int, _Ways]:
    closed: dict[int, set[str]] = {}
    opted_out = set[int]()
    for one in ActiveSuppression.objects.filter(contact_id__in=ids):
        everything = one.channel == SuppressionChannel.ALL
        closed.setdefault(one.contact_id, set()).update(Channel.values if everything else [one.channel])
        if everything and one.reason == SuppressionReason.OPTED_OUT:
            opted_out.add(one.contact_id)
    addresses = {
        (contact_id, kind): value
        for contact_id, kind, value in Address.objects.filter(contact_id__in=ids, is_primary=True).values_list(
            "contact_id", "kind", "value"
        )
    }
    asked_for_push = PushSubscription.objects.filter(contact_id__in=ids, ended_at__isnull=True)
    known_in_app = Identity.objects.filter(contact_id__in=ids, kind=IdentityKind.USER)
    others = {
        Channel.PUSH: set(asked_for_push.values_list("contact_id", flat=True)),
        Channel.IN_APP: set(known_in_app.values_list("contact_id", flat=True)),
    }
    found = {}
    for contact_id in ids:
        where = {
            channel: addresses[contact_id, kind]
            for channel, kind in ADDRESS_KIND_OF_CHANNEL.items()
            if (contact_id, kind) in addresses
        }
        reachable = {*where, *(channel for channel, whom in others.items() if contact_id in whom)}
        allowed = set(Channel.values) - closed.get(contact_id, set())
        found[contact_id] = _Ways(frozenset(allowed), frozenset(reachable), where, contact_id in opted_out)
    return found


def _answer(
    draft: Draft, contact_id: int, channel: str, status: str, history: list[ConsentRecord], now: datetime
) -> None:
    # The latest counts, and this is the latest, also where a file brought an answer dated ahead of our clock.
    at = max([now, *(one.recorded_at + _ANSWERED_LATER for one in history[:1])])
    contacts.record_consent(
        contact=Contact.objects.get(pk=contact_id),
        channel=channel,
        status=status,
        source=page_source(draft.pk, words_for(channel)),
        at=at,
    )


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
